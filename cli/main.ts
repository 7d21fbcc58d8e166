/** Runs one command line and turns whatever happens into an exit code and, for errors, one line `error <code>: message`. */
import { type Command, CommanderError } from "commander";
import { MillraceError } from "../shared/kernel/errors.ts";
import type { ProgramParts } from "./command-context.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";
import { safeBlock, safeJson } from "./terminal-text.ts";

export async function main(args: readonly string[], parts: ProgramParts): Promise<ExitCode> {
	let code: ExitCode = exitCodes.done;
	const program = buildProgram(parts, (given) => {
		code = given;
	});
	try {
		await program.parseAsync(args, { from: "user" });
		return code;
	} catch (error) {
		return report(error, { json: args.includes("--json"), command: commandNamed(args, program) }, parts);
	}
}

/** The words of `args` that lead to a command, as far as there is one: `millrace dlq list`. */
function commandNamed([word, ...rest]: readonly string[], command: Command, path = command.name()): string {
	const next = command.commands.find((candidate) => candidate.name() === word);
	return next === undefined ? path : commandNamed(rest, next, `${path} ${next.name()}`);
}

interface Asked {
	readonly json: boolean;
	/** Whose help tells more. */
	readonly command: string;
}

function report(error: unknown, { json, command }: Asked, { io }: ProgramParts): ExitCode {
	if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
	if (io.interrupted.aborted) {
		io.err("interrupted");
		return exitCodes.interrupted;
	}
	const told = tell(error, command);
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

function tell(error: unknown, command: string): Told {
	if (error instanceof MillraceError) {
		return { code: error.code, message: error.message, details: error.details, exitCode: exitCodeOf(error.code) };
	}
	if (error instanceof CommanderError) {
		// Commander asks for help in this way when no command was given.
		const said = error.code === "commander.help" ? "Say which command." : error.message.replace(/^error: /, "");
		const message = `${said}\nSee \`${command} --help\`.`;
		return { code: "usage", message, details: {}, exitCode: exitCodes.refused };
	}
	const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
	return { code: "fault", message, details: {}, exitCode: exitCodes.fault };
}
