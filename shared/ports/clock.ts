/** Time, as an outside thing. */
import type { EpochMs } from "../kernel/time.ts";

export interface Clock {
	now(): EpochMs;
	/** Resolves after `durationMs`, or at once when `signal` aborts; never rejects. */
	sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
