/**
 * Kills the workers of any job system while they work: hands it a slice of the runs, waits until the journal shows work under way,
 * kills a process that is in the middle of it, and goes on. The plan (slices, moments, victims) comes from a seed; what the machine does
 * between two moments does not.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type JournalLine, tailJournal } from "./journal.ts";

export interface KillableSystem {
	enqueue(runs: readonly string[]): Promise<void>;
	/** SIGKILL for the worker that runs this process. Resolves when it is gone, and says whether it alone went, or all there were. */
	kill(pid: number): Promise<"one" | "all">;
	/** Puts a worker in the place of the killed, where the system does not do so by itself. */
	restart?(): Promise<void>;
}

export interface KillPlan {
	readonly runs: readonly string[];
	readonly kills: number;
	readonly random: () => number;
	/** A blow falls up to this long after its victim was seen at work: a little more than a run takes, so that it also hits what comes after the work. */
	readonly pauseMsMax: number;
	/** No line in the journal for this long means that the system is stuck. Default 180,000. */
	readonly patienceMs?: number;
	readonly onKill?: (count: number) => void;
}

/** When each killed process was seen to be gone, by pid. Rejects when the journal stands still. */
export async function killWorkers(
	system: KillableSystem,
	journalPath: string,
	plan: KillPlan,
): Promise<ReadonlyMap<number, number>> {
	const { runs, kills, random, pauseMsMax, patienceMs = 180_000 } = plan;
	const journal = tailJournal(journalPath);
	let seen = 0;
	/** Processes that have written and were not killed. */
	const pids = new Set<number>();
	/** Performances under way, and the process each runs in. */
	const open = new Map<string, number>();
	const goneAtMs = new Map<number, number>();
	const note = ({ event, performance: id, pid }: JournalLine): void => {
		seen += 1;
		if (!goneAtMs.has(pid)) pids.add(pid);
		if (event === "end") open.delete(id);
		else if (!goneAtMs.has(pid)) open.set(id, pid);
	};
	const noteGone = (pid: number, atMs: number): void => {
		pids.delete(pid);
		goneAtMs.set(pid, atMs);
		for (const [id, at] of open) if (at === pid) open.delete(id);
	};
	/** Reads on until at least one more performance has begun and some process is in the middle of one. */
	const untilWorking = async (): Promise<readonly number[]> => {
		const before = seen;
		let quietSinceMs = Date.now();
		while (true) {
			const fresh = await journal.read();
			for (const line of fresh) note(line);
			if (seen > before && open.size > 0) return [...new Set(open.values())];
			if (fresh.length > 0) quietSinceMs = Date.now();
			if (Date.now() - quietSinceMs > patienceMs) {
				throw new Error(
					`Nothing was performed for ${patienceMs / 1000} s after ${goneAtMs.size} processes were killed`,
				);
			}
			await pause(2);
		}
	};

	try {
		for (let count = 0; count < kills; count += 1) {
			const from = Math.floor((runs.length * count) / kills);
			await system.enqueue(runs.slice(from, Math.floor((runs.length * (count + 1)) / kills)));
			const busy = await untilWorking();
			const victim = busy[Math.floor(random() * busy.length)] ?? 0;
			await pause(random() * pauseMsMax);
			const scope = await system.kill(victim);
			const atMs = performance.timeOrigin + performance.now();
			for (const line of await journal.read()) note(line);
			for (const pid of scope === "all" ? new Set(pids) : [victim]) noteGone(pid, atMs);
			await system.restart?.();
			plan.onKill?.(count + 1);
		}
		return goneAtMs;
	} finally {
		await journal.close();
	}
}
