/** Step 8, the pure half: from the outcome of an attempt and its policy to what is recorded. All branching on outcomes stands here. */
import type { Progress } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { assertNever } from "../kernel/errors.ts";
import { type EpochMs, plusMs } from "../kernel/time.ts";
import type { FollowUp, RunError, Settlement, StoredResult } from "../ports/job-store.ts";
import { backoffMs } from "./backoff.ts";
import type { AttemptOutcome } from "./normalise-outcome.ts";

export interface SettledAttempt {
	readonly job: JobDefinition;
	/** 1 for the first of its generation. */
	readonly attempt: number;
	readonly endedAt: EpochMs;
	/** Evenly in [0, 1), for jitter. */
	readonly unit: number;
	/** Used for a success only. */
	readonly result: StoredResult;
	readonly followUps: readonly FollowUp[];
	readonly progress: Progress | undefined;
}

export function decideSettlement(outcome: AttemptOutcome, at: SettledAttempt): Settlement {
	const retriesLeft = at.attempt <= at.job.retry.retriesMax;
	const retry = (error: RunError, delayMs: number): Settlement =>
		retriesLeft
			? { state: "RETRY", endedAt: at.endedAt, error, nextAttemptAt: plusMs(at.endedAt, delayMs) }
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
			return retry(outcome.error, Math.max(backoff, (outcome.retryAfterSeconds ?? 0) * 1000));
		}
		case "retry-after":
			return retry(outcome.error, outcome.afterSeconds * 1000);
		case "give-up":
			return { state: "FAILURE", endedAt: at.endedAt, reason: "gave-up", error: outcome.error };
		case "skip":
			return { state: "SKIPPED", endedAt: at.endedAt, reason: outcome.reason };
		default:
			return assertNever(outcome);
	}
}
