/** Jobs that take several runs at once, as data. Each run is still claimed, settled and retried alone; only the work is done together. */

export interface BatchPolicy {
	/** Runs that one call of the implementation is given at most. 2–10 000; no more than its queue class hands over and its worker group performs at once. */
	readonly runsMax: number;
	/**
	 * How long a run that is ready waits for others of its job that are still on their way in the same invocation. 0–10 000, default 200. It
	 * waits for nothing when there are none: over invocations it is the queue class's `batchSize` and `batchWindowSeconds` that gather.
	 */
	readonly waitMs?: number;
}

export const BATCH_WAIT_MS_DEFAULT = 200;
export const BATCH_WAIT_MS_MAX = 10_000;
