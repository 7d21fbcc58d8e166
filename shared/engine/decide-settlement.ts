/** Step 8, the pure half: from the outcome of an attempt and its policy to what is recorded. All branching on outcomes stands here. */
import type { Progress } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { assertNever } from "../kernel/errors.ts";
import { DELAY_SECONDS_MAX } from "../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs } from "../kernel/time.ts";
import type { FollowUp, RunError, Settlement, StoredResult } from "../ports/job-store.ts";
import { backoffMs } from "./backoff.ts";
import type { AttemptOutcome } from "./normalise-outcome.ts";

export interface SettledAttempt {
	readonly job: JobDefinition;
	/** 1 for the first of its generation. */
	readonly attempt: number;
	/** 1 for the first of its attempt. */
	readonly leg: number;
	readonly endedAt: EpochMs;
	/** Given when the implementation did not stop: until then it may still be at work, so the next attempt waits (INV-03). */
	readonly stillRunningUntil?: EpochMs | undefined;
	/** Evenly in [0, 1), for jitter. */
	readonly unit: number;
	/** Used for a success only. */
	readonly result: StoredResult;
	readonly followUps: readonly FollowUp[];
	readonly progress: Progress | undefined;
}

export function decideSettlement(outcome: AttemptOutcome, at: SettledAttempt): Settlement {
	const retriesLeft = at.attempt <= at.job.retry.retriesMax;
	const soonest = at.stillRunningUntil ?? at.endedAt;
	const retry = (error: RunError, delayMs: number): Settlement =>
		retriesLeft
			? {
					state: "RETRY",
					endedAt: at.endedAt,
					error,
					nextAttemptAt: epochMs(Math.max(soonest, plusMs(at.endedAt, delayMs))),
				}
			: { state: "FAILURE", endedAt: at.endedAt, reason: "attempts-exhausted", error };

	switch (outcome.kind) {
		case "success": {
			const { endedAt, result, followUps } = at;
			const success = { state: "SUCCESS", endedAt, result, followUps } as const;
			return at.progress === undefined ? success : { ...success, progress: at.progress };
		}
		case "error": {
			if (!outcome.retryable)
				return { state: "FAILURE", endedAt: at.endedAt, reason: "final-error", error: outcome.error };
			const backoff = backoffMs(at.job.retry, at.attempt, at.unit);
			return retry(outcome.error, Math.max(backoff, askedMs(outcome.retryAfterSeconds)));
		}
		case "retry-after":
			return retry(outcome.error, askedMs(outcome.afterSeconds));
		case "give-up":
			return { state: "FAILURE", endedAt: at.endedAt, reason: "gave-up", error: outcome.error };
		case "skip":
			return { state: "SKIPPED", endedAt: at.endedAt, reason: outcome.reason };
		case "revoked":
			return { state: "REVOKED", endedAt: at.endedAt, reason: outcome.reason };
		case "time-limit":
			return { state: "FAILURE", endedAt: at.endedAt, reason: "time-limit-exceeded", error: outcome.error };
		case "next-leg": {
			const { endedAt, progress } = at;
			return { state: "LEG", endedAt, nextLeg: at.leg + 1, ...(progress === undefined ? {} : { progress }) };
		}
		default:
			return assertNever(outcome);
	}
}

/**
 * A wait that a job's own code asked for, which may be any number: none below 0, none longer than a run can wait; what is no number asks for
 * nothing. Up to the whole millisecond: rows, messages and sort keys know no parts of one.
 */
function askedMs(seconds: number | undefined): number {
	return seconds === undefined || !Number.isFinite(seconds)
		? 0
		: Math.ceil(Math.min(Math.max(seconds, 0), DELAY_SECONDS_MAX) * 1000);
}
