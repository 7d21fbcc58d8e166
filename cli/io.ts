/** The terminal, as an outside thing: commands print and ask through this, so that tests can read along. */

import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { safeBlock } from "../shared/kernel/safe-text.ts";

export interface Io {
	/** Results. With `--json` exactly one JSON document. */
	out(text: string): void;
	/** Everything else: what is targeted, progress, warnings, errors. */
	err(text: string): void;
	/** Writes over the last line, where `interactive`. */
	overwrite(line: string): void;
	readStdin(): Promise<string>;
	/** Puts a question and returns the answer without its line break. Only where `interactive`. */
	ask(question: string): Promise<string>;
	/** Both stdin and stderr are terminals. */
	readonly interactive: boolean;
	readonly columns: number;
	/** Aborts on Ctrl-C. */
	readonly interrupted: AbortSignal;
}

export function processIo(interrupted: AbortSignal): Io {
	return {
		out: (line) => void process.stdout.write(`${line}\n`),
		// What is told here often quotes messages and answers; nothing of ours has control characters.
		err: (line) => void process.stderr.write(`${safeBlock(line)}\n`),
		overwrite: (line) => void process.stderr.write(`\r\u001B[2K${line}`),
		readStdin: () => text(process.stdin),
		ask: async (question) => {
			const prompt = createInterface({ input: process.stdin, output: process.stderr });
			try {
				return await prompt.question(question, { signal: interrupted });
			} finally {
				prompt.close();
			}
		},
		interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
		columns: process.stderr.columns ?? 80,
		interrupted,
	};
}
