/**
 * The journal of a kill run: what the jobs themselves wrote down about when they began and ended, beside the kills as the killer saw them.
 * Everything here is known without the engine, so that the engine can be judged by it.
 */
import { open } from "node:fs/promises";

export interface JournalLine {
	readonly event: "begin" | "end";
	readonly run: string;
	/** Unique for each performance: process and count. */
	readonly performance: string;
	readonly pid: number;
	readonly attempt?: number;
	readonly atMs: number;
}

/** One time that a run's implementation was called. */
export interface Performance {
	readonly id: string;
	readonly run: string;
	readonly pid: number;
	readonly beganMs: number;
	/** When its last line was written; absent when it was killed before. */
	readonly completedMs?: number;
}

/** Reads what was appended since the last call, whole lines only. */
export function tailJournal(path: string): { read(): Promise<readonly JournalLine[]>; close(): Promise<void> } {
	let rest = "";
	let offset = 0;
	const opened = open(path, "a+");
	return {
		async read() {
			const file = await opened;
			const { size } = await file.stat();
			if (size === offset) return [];
			const buffer = Buffer.alloc(size - offset);
			const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
			offset += bytesRead;
			const lines = (rest + buffer.toString("utf8", 0, bytesRead)).split("\n");
			rest = lines.pop() ?? "";
			return lines.map((line): JournalLine => JSON.parse(line));
		},
		close: async () => (await opened).close(),
	};
}

/** The performances in the order in which they began. */
export function performancesOf(lines: readonly JournalLine[]): readonly Performance[] {
	const performances = new Map<string, Performance>();
	for (const line of lines) {
		const { run, pid, atMs } = line;
		const known = performances.get(line.performance);
		if (line.event === "begin") performances.set(line.performance, { id: line.performance, run, pid, beganMs: atMs });
		else if (known !== undefined) performances.set(line.performance, { ...known, completedMs: atMs });
	}
	return [...performances.values()].sort((one, other) => one.beganMs - other.beganMs);
}
