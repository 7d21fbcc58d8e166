/** Judges a kill run by its journal and the kills: lost runs, performances that overlap, performances made again. Knows nothing of the engine. */
import type { Performance } from "./journal.ts";

export interface PerformanceFindings {
	/** Runs that no performance ever completed. */
	readonly neverCompleted: readonly string[];
	/** Runs of which two performances were under way at the same time (INV-03). */
	readonly overlapping: readonly string[];
	/** Runs begun more than once: what a kill costs. */
	readonly performedAgain: number;
	/** Runs whose work was completed more than once: killed after the work and before the settle. */
	readonly completedAgain: number;
	/** Performances that a kill ended. */
	readonly interrupted: number;
	readonly performances: number;
}

/** `killedAtMs`: when each killed process was seen to be gone, by pid. */
export function checkPerformances(
	runs: readonly string[],
	performances: readonly Performance[],
	killedAtMs: ReadonlyMap<number, number>,
): PerformanceFindings {
	const byRun = new Map<string, Performance[]>(runs.map((run) => [run, []]));
	for (const performance of performances) byRun.get(performance.run)?.push(performance);
	const each = [...byRun.values()];
	const completed = (of: readonly Performance[]): number => of.filter((one) => one.completedMs !== undefined).length;
	return {
		neverCompleted: [...byRun].filter(([, of]) => completed(of) === 0).map(([run]) => run),
		overlapping: [...byRun].filter(([, of]) => overlap(of, killedAtMs)).map(([run]) => run),
		performedAgain: each.filter((of) => of.length > 1).length,
		completedAgain: each.filter((of) => completed(of) > 1).length,
		interrupted: performances.filter((one) => one.completedMs === undefined).length,
		performances: performances.length,
	};
}

/** A performance lasts until its last line, or until its process was gone; one that is neither is still under way. */
function overlap(performances: readonly Performance[], killedAtMs: ReadonlyMap<number, number>): boolean {
	let until = Number.NEGATIVE_INFINITY;
	for (const { beganMs, completedMs, pid } of performances) {
		if (beganMs < until) return true;
		until = completedMs ?? killedAtMs.get(pid) ?? Number.POSITIVE_INFINITY;
	}
	return false;
}
