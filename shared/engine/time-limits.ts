/** The time limits of an attempt, as instants of the leg at hand (INV-13). Pure. */
import type { JobDefinition } from "../job/define-job.ts";
import { HARD_TIME_LIMIT_SECONDS, LEG_SHORT_MS, SOFT_TIME_LIMIT_SECONDS } from "../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../kernel/time.ts";

export interface AttemptLimits {
	readonly softSeconds: number | undefined;
	readonly hardSeconds: number | undefined;
	/** Only where it comes before the leg's end: a limit of a later leg needs no timer in this one. */
	readonly softAt: EpochMs | undefined;
	/** The same. A limit that is past already is in every leg. */
	readonly hardAt: EpochMs | undefined;
	/** When the signal aborts at the latest. */
	readonly toldAt: EpochMs;
	/** A checkpoint from here on ends the leg. */
	readonly shortFrom: EpochMs;
}

export function limitsOf(
	job: Pick<JobDefinition, "timeLimits" | "checkpoints">,
	attemptStartedAt: EpochMs,
	leg: { readonly now: EpochMs; readonly endsAt: EpochMs },
): AttemptLimits {
	const limits = job.timeLimits ?? (job.checkpoints ? defaultTimeLimits : undefined);
	const inThisLeg = (seconds: number | undefined): EpochMs | undefined => {
		if (seconds === undefined) return undefined;
		const instant = plusSeconds(attemptStartedAt, seconds);
		return instant < leg.endsAt ? instant : undefined;
	};
	const softAt = inThisLeg(limits?.softSeconds);
	const shortMs = Math.min(LEG_SHORT_MS, Math.max(0, leg.endsAt - leg.now) / 5);
	return {
		softSeconds: limits?.softSeconds,
		hardSeconds: limits?.hardSeconds,
		softAt,
		hardAt: inThisLeg(limits?.hardSeconds),
		toldAt: epochMs(Math.min(softAt ?? leg.endsAt, leg.endsAt)),
		shortFrom: plusMs(leg.endsAt, -shortMs),
	};
}

const defaultTimeLimits = { softSeconds: SOFT_TIME_LIMIT_SECONDS, hardSeconds: HARD_TIME_LIMIT_SECONDS };
