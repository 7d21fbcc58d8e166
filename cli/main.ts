/** Runs one command line and turns whatever happens into an exit code and, for errors, one line `error <code>: message`. */
import { type Command, CommanderError } from "commander";
import { MillraceError } from "../shared/kernel/errors.ts";
import { safeBlock } from "../shared/kernel/safe-text.ts";
import type { ProgramParts } from "./command-context.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";
import { safeJson } from "./terminal-text.ts";

export async function main(args: readonly string[], parts: ProgramParts): Promise<ExitCode> {
	let code: ExitCode = exitCodes.done;
	const program = buildProgram(parts, (given) => {
		code = given;
	});
	try {
		await program.parseAsync(args, { from: "user" });
		return code;
	} catch (error) {
		return report(error, { json: args.includes("--json"), ...commandIn(args, program) }, parts);
	}
}

/** The words of `args` that lead to a command, as far as there is one: `millrace dlq list`; and what of it comes next. */
function commandIn([word, ...rest]: readonly string[], command: Command, path = command.name()): Named {
	const next = command.commands.find((candidate) => candidate.name() === word);
	if (next !== undefined) return commandIn(rest, next, `${path} ${next.name()}`);
	return { command: path, next: word, verbs: command.commands.map((candidate) => candidate.name()) };
}

interface Named {
	/** Whose help tells more. */
	readonly command: string;
	/** The first word that is no command below it. */
	readonly next: string | undefined;
	/** The commands below it. */
	readonly verbs: readonly string[];
}

function report(
	error: unknown,
	{ json, ...named }: Named & { readonly json: boolean },
	{ io }: ProgramParts,
): ExitCode {
	if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
	if (io.interrupted.aborted) {
		if (json) io.out(safeJson({ error: { code: "interrupted", message: "interrupted", details: {} } }));
		io.err("interrupted");
		return exitCodes.interrupted;
	}
	const told = tell(error, named);
	if (json) io.out(safeJson({ error: { code: told.code, message: told.message, details: told.details } }));
	io.err(`error ${told.code}: ${safeBlock(told.message)}`);
	return told.exitCode;
}

interface Told {
	readonly code: string;
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
	readonly exitCode: ExitCode;
}

function tell(error: unknown, named: Named): Told {
	if (error instanceof MillraceError) {
		return { code: error.code, message: error.message, details: error.details, exitCode: exitCodeOf(error.code) };
	}
	if (error instanceof CommanderError) {
		const message = `${usageWords(error, named)}\nSee \`${named.command} --help\`.`;
		return { code: "usage", message, details: {}, exitCode: exitCodes.refused };
	}
	const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
	return { code: "fault", message, details: {}, exitCode: exitCodes.fault };
}

function usageWords({ code, message }: CommanderError, { command, next, verbs }: Named): string {
	// Commander asks for help in this way when no command was given.
	if (code === "commander.help") return "Say which command.";
	// Of a group that does something without a verb, commander takes a mistyped verb for an argument.
	if (code === "commander.excessArguments" && verbs.length > 0)
		return `unknown command '${next}'; there are ${verbs.join(", ")}`;
	const said = message.replace(/^error: /, "");
	return code === "commander.unknownOption" && verbs.length > 0 && next?.startsWith("-")
		? `${said}; options stand behind the command, as in \`${command} ${verbs.includes("list") ? "list" : "runs"} ${next}\``
		: said;
}
