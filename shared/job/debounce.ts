/**
 * Debouncing, as data: of the runs that are enqueued shortly one after another under one key, the last one performs, when nothing has come for
 * a while. The others end SKIPPED with the reason `debounced_by: <id of a later run>`, each settled alone and none performed.
 */
import type { RateLimitKey } from "./rate-limit.ts";

export interface DebouncePolicy {
	/** A run performs when no later one of its key has come for so long. 1–900 (one delay of a queue). */
	readonly seconds: number;
	/** What belongs together: runs of the same tenant, or with the same value of a field of the input. Default: all runs of the job. */
	readonly per?: RateLimitKey;
	/** Since the first of several runs was seen, no run of theirs waits longer than this, however many follow. `seconds`–86 400. Default: no end. */
	readonly maxSeconds?: number;
}

/** Why a run was skipped, for its row. */
export const debouncedBy = (run: string): string => `${DEBOUNCED}${run}`;
export const DEBOUNCED = "debounced_by: ";
export const DEBOUNCE_SECONDS_MAX = 900;
export const DEBOUNCE_TOTAL_SECONDS_MAX = 86_400;
