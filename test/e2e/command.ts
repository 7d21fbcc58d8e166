/** Runs one command to its end with a given environment and time bound; what it prints goes to a file and, its end, into the error. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

const SHOWN_TAIL_LINES = 25;
const running = new Set<ChildProcess>();

/** For the end that nobody planned: a signal, or the whole run's time bound. */
export function killRunningCommands(): void {
	for (const child of running) child.kill("SIGKILL");
}

export interface Command {
	readonly file: string;
	readonly args: readonly string[];
	/** The whole environment: nothing is inherited. */
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	readonly timeoutSeconds: number;
	/** Where its output is kept; appended to. */
	readonly logFile: string;
}

/** What it printed. @throws Error naming the command, how it ended and the end of its output */
export async function runCommand(command: Command): Promise<string> {
	const log = createWriteStream(command.logFile, { flags: "a" });
	log.write(`$ ${command.file} ${command.args.join(" ")}\n`);
	const child = spawn(command.file, command.args, {
		cwd: command.cwd,
		env: { ...command.env },
		stdio: ["ignore", "pipe", "pipe"],
		timeout: command.timeoutSeconds * 1000,
		killSignal: "SIGKILL",
	});
	running.add(child);
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8");
		stream.on("data", (text: string) => {
			output += text;
			log.write(text);
		});
	}
	try {
		const [code, signal] = await once(child, "close");
		if (code === 0) return output;
		const how =
			signal === null ? `ended with code ${code}` : `was ended by ${signal} (bound: ${command.timeoutSeconds} s)`;
		throw new Error(`${command.file} ${command.args.join(" ")} ${how}\n${tail(output)}`);
	} finally {
		running.delete(child);
		log.end();
		await finished(log);
	}
}

export function tail(text: string, lines: number = SHOWN_TAIL_LINES): string {
	return text.trimEnd().split("\n").slice(-lines).join("\n");
}
