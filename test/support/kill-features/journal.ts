/** The journal of the kill run with every feature: what jobs and hooks themselves wrote down. */

export interface FeatureLine {
	readonly event: "begin" | "end" | "once" | "before" | "after";
	readonly run: string;
	/** Unique for each performance: process and count. Empty in a hook's line. */
	readonly performance: string;
	readonly job: string;
	/** Of the input; of an effect in a line of `once`. */
	readonly key: string;
	readonly attempt: number;
	readonly leg: number;
	readonly pid: number;
	readonly atMs: number;
	/** Of an end: it returned, and did not throw. */
	readonly done?: boolean;
	/** What an effect gave, or how an attempt ended. */
	readonly value?: string;
}

/** One time that a run's implementation was called. */
export interface FeaturePerformance {
	readonly run: string;
	readonly job: string;
	readonly key: string;
	readonly attempt: number;
	readonly leg: number;
	readonly pid: number;
	readonly beganMs: number;
	/** When its last line was written or its process was gone; absent while neither was seen. */
	readonly endedMs: number | undefined;
	readonly done: boolean;
	readonly killed: boolean;
}

/** `goneAtMs`: when each killed process was seen to be gone, by pid. */
export function featurePerformances(
	lines: readonly FeatureLine[],
	goneAtMs: ReadonlyMap<number, number>,
): readonly FeaturePerformance[] {
	const ends = new Map(lines.filter(({ event }) => event === "end").map((line) => [line.performance, line]));
	return lines
		.filter(({ event }) => event === "begin")
		.map(({ run, job, key, attempt, leg, pid, atMs, performance }) => {
			const end = ends.get(performance);
			return {
				run,
				job,
				key,
				attempt,
				leg,
				pid,
				beganMs: atMs,
				endedMs: end?.atMs ?? goneAtMs.get(pid),
				done: end?.done === true,
				killed: end === undefined,
			};
		})
		.sort((one, other) => one.beganMs - other.beganMs);
}

/** The most at the same time. Who began at the instant in which another ended came after it. */
export function mostAtOnce(performances: readonly Pick<FeaturePerformance, "beganMs" | "endedMs">[]): number {
	const changes = performances
		.flatMap(({ beganMs, endedMs = Number.POSITIVE_INFINITY }) => [
			{ at: beganMs, by: 1 },
			{ at: endedMs, by: -1 },
		])
		.sort((one, other) => one.at - other.at || one.by - other.by);
	let now = 0;
	let most = 0;
	for (const { by } of changes) {
		now += by;
		most = Math.max(most, now);
	}
	return most;
}
