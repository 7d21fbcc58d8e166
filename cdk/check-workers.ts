/** What a platform's workers must be, against the catalogue: rules as a table, all faults found before one error reports them together. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import { MillraceError } from "../shared/kernel/errors.ts";
import type { WorkerEntry } from "./bundle/worker-bundle.ts";

export interface WorkerOptions {
	/** The file that exports the group's `handler`. A text is a path relative to the folder where `cdk` runs; a URL is `new URL("worker.ts", import.meta.url)`. */
	readonly entry: string | URL;
	/** Environment variables of the team's own, for the group's implementations. Names that Lambda or the platform sets are refused. Default none. */
	readonly environment?: Readonly<Record<string, string>>;
	/**
	 * Names of secrets that the group's code reads by itself, such as Sentry's DSN: SSM SecureStrings under the account's default key, or
	 * `/aws/reference/secretsmanager/NAME`. Its role is let at these and no others. Default none.
	 */
	readonly secretParameters?: readonly string[];
}

type Workers = Readonly<Record<string, WorkerOptions | undefined>>;

interface Named {
	readonly name: string;
	readonly worker: WorkerOptions | undefined;
	readonly inCatalogue: boolean;
}

interface Rule {
	readonly holds: (named: Named) => boolean;
	readonly problem: (named: Named, known: readonly string[]) => string;
}

/** Lambda's own reserved names, and those that the platform sets. */
const reservedName = /^(AWS_|LAMBDA_|_HANDLER$|MILLRACE_|POWERTOOLS_SERVICE_NAME$|POWERTOOLS_METRICS_NAMESPACE$)/;
const reservedNames = ({ worker }: Named): readonly string[] =>
	Object.keys(worker?.environment ?? {}).filter((name) => reservedName.test(name));

const rules: readonly Rule[] = [
	{
		holds: ({ worker }) => worker !== undefined,
		problem: ({ name }) => `needs an entry; add workers["${name}"] = { entry: … }`,
	},
	{
		holds: ({ inCatalogue }) => inCatalogue,
		problem: (_, known) => `is no worker group of the catalogue; known: ${known.join(", ")}`,
	},
	{
		holds: ({ worker }) => worker === undefined || existsSync(entryPath(worker.entry)),
		problem: ({ worker }) =>
			`entry must be an existing file; got ${worker === undefined ? "" : entryPath(worker.entry)}`,
	},
	{
		holds: (named) => reservedNames(named).length === 0,
		problem: (named) =>
			`environment must not set what Lambda or the platform sets; got ${reservedNames(named).join(", ")}`,
	},
];

/** Absolute. */
export const entryPath = (entry: string | URL): string =>
	entry instanceof URL ? fileURLToPath(entry) : resolve(entry);

/**
 * The entries to bundle, in the catalogue's order.
 * @throws MillraceError `configuration-invalid` with every fault, each naming the worker, the value and what is allowed.
 */
export function checkWorkers(catalogue: Catalogue, workers: Workers): readonly WorkerEntry[] {
	const known = catalogue.workerGroups.map((group) => group.name);
	const faults = [...new Set([...known, ...Object.keys(workers)])].flatMap((name) => {
		const named: Named = { name, worker: workers[name], inCatalogue: known.includes(name) };
		return rules
			.filter((rule) => !rule.holds(named))
			.map((rule) => ({ subject: `worker ${name}`, problem: rule.problem(named, known) }));
	});
	if (faults.length > 0) {
		throw new MillraceError(
			"configuration-invalid",
			`The platform's workers have ${faults.length === 1 ? "1 fault" : `${faults.length} faults`}; mend each and try again:\n${faults
				.map(({ subject, problem }) => `- ${subject}: ${problem}`)
				.join("\n")}`,
			{ details: { faults } },
		);
	}
	return known.flatMap((group) => {
		const worker = workers[group];
		return worker === undefined ? [] : [{ group, entry: entryPath(worker.entry) }];
	});
}
