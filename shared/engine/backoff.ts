/** How long to wait before the next attempt: a pure function of policy, attempt and a random unit. */
import type { RetryPolicy } from "../job/retry-policy.ts";

/**
 * @param attempt the one that failed, 1 for the first.
 * @param unit evenly in [0, 1); used only with full jitter.
 * @returns milliseconds, 0 to `capSeconds * 1000`.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, unit: number): number {
	// factor ** attempt overflows to Infinity for long policies; min() brings it back to the cap.
	const exponentialSeconds = policy.delaySeconds * policy.factor ** (attempt - 1);
	const delaySeconds = Math.min(policy.capSeconds, Number.isNaN(exponentialSeconds) ? 0 : exponentialSeconds);
	// Down, as the unit is below 1: so with jitter no run waits the whole delay, and each millisecond below it is as likely.
	return Math.floor(Math.round(delaySeconds * 1000) * (policy.jitter === "full" ? unit : 1));
}
