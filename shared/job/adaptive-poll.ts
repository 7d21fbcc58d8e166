/** Polling that is quick while something changes and rare while nothing does: a job that enqueues itself again asks here after how long. */

export interface PollPace {
	/** Whether this look found something new. */
	readonly changed: boolean;
	/** How long this look came after the one before; absent for the first. */
	readonly lastSeconds?: number | undefined;
	/** Default 30. */
	readonly minSeconds?: number;
	/** Default 300. */
	readonly maxSeconds?: number;
}

/** `minSeconds` after a change, else twice as long as the last time, at most `maxSeconds`. */
export function nextPollSeconds({ changed, lastSeconds, minSeconds = 30, maxSeconds = 300 }: PollPace): number {
	if (changed || lastSeconds === undefined || !(lastSeconds > 0)) return minSeconds;
	return Math.min(Math.max(lastSeconds * 2, minSeconds), maxSeconds);
}
