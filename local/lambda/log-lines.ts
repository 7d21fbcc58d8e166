/** Cuts a process's output into lines, each with the request it belongs to, and recognises metrics among them. */
import type { FunctionRef, OnLocalEvent } from "../local-event.ts";
import { REQUEST_MARK } from "./runtime-protocol.ts";

/** A longer line is cut into pieces: a handler that writes megabytes without a line break must not fill the memory. */
const LINE_LENGTH_MAX = 1024 * 1024;

export interface LineReader {
	write(chunk: string): void;
	/** What stands after the last line break, at the end of the stream. */
	flush(): void;
}

function parseMetric(line: string): Record<string, unknown> | undefined {
	if (!line.startsWith("{") || !line.includes('"_aws"')) return undefined;
	try {
		const value: unknown = JSON.parse(line);
		if (typeof value === "object" && value !== null && "_aws" in value) return { ...value };
	} catch {
		// Not JSON after all: an ordinary line.
	}
	return undefined;
}

export function createLineReader(
	source: FunctionRef,
	stream: "stdout" | "stderr",
	onEvent: OnLocalEvent | undefined,
): LineReader {
	let rest = "";
	let requestId: string | undefined;

	function line(text: string): void {
		if (text.startsWith(REQUEST_MARK)) {
			requestId = text.slice(REQUEST_MARK.length);
			return;
		}
		if (text === "" || onEvent === undefined) return;
		const request = requestId === undefined ? {} : { requestId };
		const metric = stream === "stdout" ? parseMetric(text) : undefined;
		if (metric === undefined) onEvent({ type: "log", ...source, stream, ...request, line: text });
		else onEvent({ type: "metric", ...source, ...request, metric });
	}

	return {
		write(chunk) {
			const lines = (rest + chunk).split("\n");
			rest = lines.pop() ?? "";
			for (const text of lines) {
				// A mark written while a line was unfinished: the line ends there.
				const mark = text.indexOf(REQUEST_MARK, 1);
				if (mark > 0) line(text.slice(0, mark));
				line(mark > 0 ? text.slice(mark) : text);
			}
			while (rest.length > LINE_LENGTH_MAX) {
				line(rest.slice(0, LINE_LENGTH_MAX));
				rest = rest.slice(LINE_LENGTH_MAX);
			}
		},
		flush() {
			if (rest !== "") line(rest);
			rest = "";
		},
	};
}
