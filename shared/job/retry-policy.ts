/** The retry policy, as data. The delay itself is computed in the engine (`backoff.ts`) from policy, attempt and a random unit. */
import type { ErrorClass } from "./error-class.ts";

export interface RetryPolicy {
	/** Attempts after the first. 0–100, default 3. */
	readonly retriesMax: number;
	/** Delay before the first retry, in seconds, before jitter. 0–86 400, default 60. */
	readonly delaySeconds: number;
	/** Each further delay is the one before times this. 1–10, default 2; 1 is a fixed delay. */
	readonly factor: number;
	/** No delay is longer, in seconds. `delaySeconds`–86 400, default 600. */
	readonly capSeconds: number;
	/** `full`: evenly between 0 and the delay, so that what failed together does not come back together. `none`: the delay itself. Default `full`. */
	readonly jitter: "full" | "none";
	/** Error classes retried although they are final by default. Default none. */
	readonly retryOn: readonly ErrorClass[];
	/** Error classes never retried. Wins over `retryOn`. Default none. */
	readonly neverOn: readonly ErrorClass[];
}

export const defaultRetryPolicy: RetryPolicy = {
	retriesMax: 3,
	delaySeconds: 60,
	factor: 2,
	capSeconds: 600,
	jitter: "full",
	retryOn: [],
	neverOn: [],
};

/** A policy with the defaults filled in. */
export const retryPolicy = (options: Partial<RetryPolicy> = {}): RetryPolicy => ({ ...defaultRetryPolicy, ...options });

/** One attempt and no other. */
export const noRetry: RetryPolicy = retryPolicy({ retriesMax: 0 });
