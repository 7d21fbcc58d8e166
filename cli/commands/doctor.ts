/** `millrace doctor`: checks everything a command needs, and says for each fault what to do. */
import type { Command } from "commander";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { runId } from "../../shared/kernel/ids.ts";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import type { Action, GlobalOptions, ProgramParts } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { choosesLocal, findLocalState, STACK_DEFAULT } from "../target.ts";
import { feedingWords } from "./pause.ts";

interface Check {
	readonly name: string;
	readonly ok: boolean;
	/** What was found. */
	readonly found: string;
	/** What to do about it; absent when ok. */
	readonly advice?: string;
}

export const describeDoctor = (command: Command): Command =>
	command
		.description("check Node, the local stack or AWS credentials, and that every part of the platform can be reached")
		.addHelpText("after", "\nExamples:\n  millrace doctor\n  millrace doctor --aws --region eu-central-1");

export const doctor =
	(parts: ProgramParts): Action<object> =>
	async (context, _args, options) => {
		const checks: Check[] = [checkNode(process.versions.node), ...(await checkLocal(parts, options))];
		const connected = await checkPlatform(parts, options);
		checks.push(connected.check);
		if (connected.platform !== undefined) checks.push(...(await checkParts(connected.platform, context.catalogue)));
		const ok = checks.every((check) => check.ok);
		context.print({ ok, checks }, () => checks.map(describeCheck).join("\n"));
		return ok ? exitCodes.done : exitCodes.failed;
	};

const describeCheck = ({ ok, name, found, advice }: Check): string =>
	`${ok ? "ok  " : "FAIL"}  ${name}: ${safeLine(found)}${advice === undefined ? "" : `\n      ${safeLine(advice)}`}`;

const NODE_MAJOR_LEAST = 24;

export function checkNode(version: string): Check {
	const name = "Node";
	if (Number.parseInt(version, 10) >= NODE_MAJOR_LEAST) return { name, ok: true, found: version };
	return {
		name,
		ok: false,
		found: version,
		advice: `Node ${NODE_MAJOR_LEAST} or later runs TypeScript directly. Use \`npx millrace\` or \`npm run millrace --\`, which take the one that npm ci installed.`,
	};
}

async function checkLocal(parts: ProgramParts, options: GlobalOptions): Promise<readonly Check[]> {
	if (!choosesLocal(options)) return [];
	const state = findLocalState(parts.folder);
	if (state === undefined) return [{ name: "local stack", ok: true, found: "none runs here; `npm start` starts one" }];
	const running: Check = { name: "local stack", ok: true, found: `process ${state.pid}, since ${state.startedAt}` };
	const endpoints = await Promise.all(
		Object.entries(state.endpoints).map(async ([service, url = ""]) => checkEndpoint(service, url)),
	);
	return [running, ...endpoints];
}

async function checkEndpoint(service: string, url: string): Promise<Check> {
	const name = `endpoint ${service}`;
	try {
		// Any answer will do: it listens.
		await fetch(url, { signal: AbortSignal.timeout(3_000) });
		return { name, ok: true, found: url };
	} catch (error) {
		const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
		return {
			name,
			ok: false,
			found: `${url}: ${cause}`,
			advice: "Stop the local stack with Ctrl-C and start it again.",
		};
	}
}

async function checkPlatform(
	parts: ProgramParts,
	options: GlobalOptions,
): Promise<{ readonly check: Check; readonly platform?: Platform }> {
	const stack = options.stack ?? STACK_DEFAULT;
	const name = `platform ${stack}`;
	try {
		const { platform, description } = await parts.connect(options);
		const count = Object.keys(platform.address.queues).length;
		return { check: { name, ok: true, found: `${description}, ${count} queues` }, platform };
	} catch (error) {
		if (!(error instanceof MillraceError)) throw error;
		const advice =
			"Start a local stack with `npm start`, or deploy with `npx cdk deploy` and check your AWS credentials and region.";
		return { check: { name, ok: false, found: `${error.code}: ${error.message}`, advice } };
	}
}

async function checkParts(
	platform: Platform,
	catalogue: { readonly queueClasses: readonly { readonly name: string }[] },
): Promise<readonly Check[]> {
	const { address, operator, mappings, store, blobs } = platform;
	const access = "Check that the stack's resources exist and that your credentials may use them.";
	const attempt = async (name: string, found: string, work: () => Promise<unknown>): Promise<Check> => {
		try {
			const told = await work();
			return { name, ok: true, found: typeof told === "string" ? told : found };
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			return { name, ok: false, found: message, advice: access };
		}
	};
	const tried = await Promise.all([
		attempt("table", address.table, () => store.getMany([runId("doctor")])),
		attempt("bucket", address.bucket, () => blobs.get(`inputs/${"0".repeat(64)}.json`)),
		...Object.keys(address.queues).flatMap((queueClass) => [
			attempt(`queue ${queueClass}`, "reachable", () => operator.depth({ queueClass, queue: "main" })),
			attempt(`mapping of ${queueClass}`, "", async () => feedingWords(await mappings.read(queueClass))),
			attempt(`dead letters of ${queueClass}`, "reachable", () => operator.depth({ queueClass, queue: "dead-letter" })),
		]),
	]);
	const missing = catalogue.queueClasses.filter(({ name }) => !Object.hasOwn(address.queues, name));
	return [
		...tried,
		...missing.map(({ name }) => ({
			name: `queue ${name}`,
			ok: false,
			found: "in the catalogue, but not in this platform",
			advice: "Deploy the platform again, or choose another with --stack or --catalogue.",
		})),
	];
}
