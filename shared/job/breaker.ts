/**
 * The circuit breaker of a queue class as data: when attempts fail on something outside that is out, the class waits and tries a few runs
 * now and then, instead of spending every run's attempts on it. Runs that wait spend none (INV-06).
 */
import type { ErrorClass } from "./error-class.ts";

export interface BreakerPolicy {
	/** Opens at this many failures within the window, over all workers … 1–10 000, default 20. */
	readonly failuresMin: number;
	/** … if they are at least this share of the attempts that ended. Above 0, at most 1, default 0.5. */
	readonly ratio: number;
	/** Failures are counted together for so long. 1–3600, default 60. */
	readonly windowSeconds: number;
	/** From opening to the first probe; each probe that fails doubles it. 1–450, default 30. */
	readonly openSeconds: number;
	/** No longer than this between two probes. `openSeconds`–450 (half of the queue's longest delay), default 120. */
	readonly openSecondsMax: number;
	/**
	 * The errors that count, where they say nothing else themselves: an HTTP 404 is of class `api`, but final, and so no outage.
	 * Default `api`, `database`, `timeout` and `rate-limit`.
	 */
	readonly errorClasses: readonly ErrorClass[];
}

export const defaultBreaker: BreakerPolicy = {
	failuresMin: 20,
	ratio: 0.5,
	windowSeconds: 60,
	openSeconds: 30,
	openSecondsMax: 120,
	errorClasses: ["api", "database", "timeout", "rate-limit"],
};
