/** What every command works with: the terminal, the catalogue, the platform when it asks for one, and how to print. */
import type { Command } from "commander";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import { type Client, createClient } from "../shared/client/client.ts";
import { createOperator, type Operator } from "../shared/client/operator.ts";
import { MillraceError } from "../shared/kernel/errors.ts";
import { nearestNames } from "../shared/kernel/nearest-names.ts";
import type { Platform } from "../shared/ports/platform.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { Target, TargetChoice } from "./target.ts";
import { safeJson } from "./terminal-text.ts";

/** Outside things of the whole program; tests pass their own. */
export interface ProgramParts {
	readonly io: Io;
	readonly loadCatalogue: (file: string | undefined) => Promise<Catalogue>;
	/** @throws MillraceError `platform-not-found`, `configuration-invalid` */
	readonly connect: (choice: TargetChoice) => Promise<Target>;
	/** Runs the project's CDK app on this machine until Ctrl-C. @throws MillraceError `assembly-not-found`, `local-stack-running`, `local-stack-failed` */
	readonly startApp: (options: { readonly dataDir?: string }) => Promise<void>;
	/** Where a local stack's state file is looked for, this folder and those above it. */
	readonly folder: string;
	readonly env: Readonly<Record<string, string | undefined>>;
}

/** Options of every command. */
export interface GlobalOptions extends TargetChoice {
	readonly json?: boolean;
	readonly catalogue?: string;
}

export interface CommandContext {
	readonly io: Io;
	readonly json: boolean;
	readonly catalogue: Catalogue;
	/** Connects, once, and says on stderr to what. */
	platform(): Promise<Platform>;
	client(): Promise<Client>;
	/** The platform as an operator of this class uses it. @throws MillraceError `queue-class-not-found` that suggests the nearest. */
	operatorOf(queueClass: string): Promise<Operator>;
	/** Prints the result: `value` as the one JSON document with `--json`, else `words`. */
	print(value: unknown, words: () => string): void;
}

export async function contextOf(parts: ProgramParts, options: GlobalOptions): Promise<CommandContext> {
	const { io } = parts;
	const json = options.json === true;
	const catalogue = await parts.loadCatalogue(options.catalogue);
	let opened: Promise<Platform> | undefined;
	async function open(): Promise<Platform> {
		const target = await parts.connect(options);
		io.err(`target: ${target.description}`);
		return target.platform;
	}
	const platform = (): Promise<Platform> => {
		opened ??= open();
		return opened;
	};
	return {
		io,
		json,
		catalogue,
		platform,
		client: async () => createClient({ catalogue, ...(await platform()) }),
		operatorOf: async (queueClass) => {
			const found = await platform();
			refuseUnknownClass(found, queueClass);
			return createOperator({ catalogue, ...found });
		},
		print: (value, words) => io.out(json ? safeJson(value) : words()),
	};
}

function refuseUnknownClass({ address }: Platform, queueClass: string): void {
	if (Object.hasOwn(address.queues, queueClass)) return;
	const known = Object.keys(address.queues);
	const near = nearestNames(queueClass, known);
	const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `There are: ${known.join(", ")}.`;
	throw new MillraceError("queue-class-not-found", `There is no queue "${queueClass}". ${hint}`, {
		details: { queueClass, known },
	});
}

export type Action<Options> = (
	context: CommandContext,
	args: readonly string[],
	options: Options & GlobalOptions,
) => Promise<ExitCode>;

/** Adds the options of every command to one, and runs `action` with arguments and options as commander parsed them. */
export function attach<Options>(
	command: Command,
	parts: ProgramParts,
	finish: (code: ExitCode) => void,
	action: Action<Options>,
): Command {
	return command
		.option("--json", "print exactly one JSON document")
		.option("--aws", "use AWS although a local stack runs here")
		.option("--stack <name>", "the platform's stack (default: your package.json's, else Millrace)")
		.option("--region <name>", "the AWS region (default: AWS_REGION, else your profile's)")
		.option("--catalogue <file>", "a module that exports `catalogue` (default: your package.json's)")
		.action(async () => {
			const options = command.opts<Options & GlobalOptions>();
			finish(await action(await contextOf(parts, options), command.args, options));
		});
}

export const usage = (message: string): MillraceError => new MillraceError("usage", message);
