/**
 * Step 5, the pure half: a claim was refused by the row that stands there; what now?
 * One table of all cases (design 4). `me` is the message at hand, `blocker` the row.
 *
 * | row                     | same generation                                   | older message | newer message (a redrive) |
 * |-------------------------|---------------------------------------------------|---------------|---------------------------|
 * | performing, lease alive | its carrier: keep; else defer until the lease ends | acknowledge  | defer                     |
 * | performing, lease over  | worker lost: take the next attempt, or end the run; end it if it was revoked | acknowledge | take, new generation |
 * | RETRY                   | later attempt: take, or defer until its time; its carrier: repeat follow-ups; else stand by | acknowledge | take, new generation |
 * | LEG                     | later leg or attempt: take that leg; its carrier: repeat follow-ups; else stand by | acknowledge | take, new generation |
 * | REVOKED                 | acknowledge; sent a day after it: take, a run of its own | acknowledge | sent after it: take, new generation; else acknowledge |
 * | FAILURE                 | its carrier: repeat follow-ups; the first other: too; else acknowledge | acknowledge | take, new generation; if this very message was refused: repeat its letter |
 * | SKIPPED                 | acknowledge                                       | acknowledge   | take, new generation      |
 * | SKIPPED as debounced    | the latest of its key, enqueued again, by another message: take, new generation (and stand by others that did); else as above | acknowledge | take, new generation |
 * | SKIPPED by the sweeper  | take, new generation: here is the message that it could not find | acknowledge | take, new generation |
 * | SUCCESS                 | its carrier: repeat follow-ups; the first other: too; else acknowledge | acknowledge | acknowledge (a success is never run again) |
 *
 * A message that is more than one generation newer than a row without a live lease is refused, unless that is a SUCCESS.
 *
 * Why the carrier stays in the queue while its run performs, and no copy takes its place: its redelivery repeats the follow-ups where its
 * worker dies between settle and send (INV-01). Other duplicates are deferred and not acknowledged: they may be all that is left of a carrier
 * that SQS moved to the dead-letter queue by its own count, or of one that was deleted and delivered once more. So they do the carrier's
 * work, each end's at most once: what a SUCCESS or a FAILURE owes, the first of them sends, and notes in the row that nobody carries it any
 * more. What a RETRY or LEG owes has the carrier's input, so they stand by instead: they come back once, when the next attempt or leg is
 * overdue, and take it if it has not begun.
 */
import { RUN_RETENTION_SECONDS } from "../kernel/limits.ts";
import { type EpochMs, plusMs, plusSeconds } from "../kernel/time.ts";
import { type PerformingRun, REVOKED_UNSEEN, type RunRecord, type SettledRun } from "../ports/job-store.ts";
import { isTerminal } from "../wire/run-states.ts";
import { isNamedIn, mayOwe } from "./carrier-of.ts";
import { isDebounced } from "./debounce/decide-debounced.ts";

export interface ClaimantMessage {
	readonly job: string;
	/** Names the job had before: a run that began under one of them is a run of this job. */
	readonly aliases?: readonly string[];
	readonly generation: number;
	readonly attempt: number;
	/** 1 for the first of its attempt. */
	readonly leg: number;
	/** Whether a worker of this version knows a job of that name. Default: yes. */
	readonly isKnown?: (job: string) => boolean;
	/** The SQS message id. */
	readonly messageId: string;
	/** It is the latest of its debounce key. */
	readonly latest?: boolean;
	/** When a producer, or whoever redrove it, sent it, however long it has waited since; absent for a later attempt or leg. */
	readonly firstSentAt?: EpochMs | undefined;
}

/** From when a next attempt or leg was due until another message takes it: its own may wait in a queue that is behind. */
export const STAND_BY_MS = 300_000;
/** So much before its time an attempt may begin: the clocks of two workers may differ. */
export const EARLY_MS_MAX = 5_000;

export type BlockedClaim =
	/** Write the next attempt (or, with `newGeneration`, the first of the next generation) over exactly this row. */
	| { readonly kind: "take"; readonly over: RunRecord; readonly newGeneration: boolean; readonly workerLost: boolean }
	/** The lost attempt was the last one the policy allows: write FAILURE over exactly this row. */
	| { readonly kind: "end-lost"; readonly over: PerformingRun }
	/** The lost attempt had been told to stop: write REVOKED over exactly this row. */
	| { readonly kind: "end-revoked"; readonly over: PerformingRun; readonly reason: string }
	/** `asStranger`: this message did not bring it about; the row is to say so when it is done. */
	| { readonly kind: "repeat-follow-ups"; readonly record: SettledRun; readonly asStranger: boolean }
	/** Leave the message in the queue: its redelivery finds the lease over, or the run settled. */
	| { readonly kind: "keep"; readonly until: EpochMs }
	| {
			readonly kind: "defer";
			readonly why: "leased" | "stand-by";
			readonly until: EpochMs;
			readonly generation: number;
			readonly attempt: number;
	  }
	/** For an attempt whose time has not come. */
	| {
			readonly kind: "defer";
			readonly why: "not-before";
			readonly until: EpochMs;
			readonly generation: number;
			readonly attempt: number;
	  }
	/** It is for a generation that nobody can have asked for yet: the row's is this one. */
	| { readonly kind: "ahead"; readonly generation: number }
	| { readonly kind: "acknowledge"; readonly why: "terminal" | "stale" }
	| { readonly kind: "conflict"; readonly otherJob: string };

export function decideOnBlocker(
	blocker: RunRecord,
	given: ClaimantMessage,
	now: EpochMs,
	policy: { readonly retriesMax: number; readonly retriesLostWorkers: boolean },
): BlockedClaim {
	// The message that revived a run which the sweeper had given up began a later generation than it says. So did the first of those that make a
	// run the latest of its debounce key again, which may have been a copy of a deleted message: the others may be all that is left.
	const isOneOfThem = given.latest === true && !isTerminal(blocker.state);
	const revived = given.generation < blocker.generation && (isOneOfThem || isNamedIn(blocker, given.messageId));
	const me = revived ? { ...given, generation: blocker.generation, attempt: 1, leg: 1 } : given;
	const isCarrier = isNamedIn(blocker, me.messageId);
	// Generation 0 is a message that was refused, perhaps for a misspelt job: it holds the name for nobody.
	// One that was revoked before any worker saw it has no job's name.
	const sameJob =
		isJobOf(blocker, me) ||
		blocker.job === REVOKED_UNSEEN ||
		blocker.generation === 0 ||
		isCarrier ||
		// The name of a later version, or of an earlier one: while it has not ended, or is redriven, it is this run under its other name.
		(me.isKnown?.(blocker.job) === false && (!isTerminal(blocker.state) || me.generation > blocker.generation));
	if (!sameJob) return { kind: "conflict", otherJob: blocker.job };
	if (me.generation < blocker.generation) return { kind: "acknowledge", why: "stale" };
	const newer = me.generation > blocker.generation;
	const isLeased = "leaseUntil" in blocker && blocker.leaseUntil > now;
	// A letter says one more than the row that it is of. Who performs now may end as a success, which lets a message be.
	if (me.generation > blocker.generation + 1 && !isLeased && blocker.state !== "SUCCESS")
		return { kind: "ahead", generation: blocker.generation };
	// Refused before, perhaps by a worker of another version: that stands, and its letter is what begins the run.
	if (newer && isCarrier && blocker.state === "FAILURE")
		return { kind: "repeat-follow-ups", record: blocker, asStranger: false };

	if (blocker.state === "STARTED" || blocker.state === "PROGRESS") {
		if (blocker.leaseUntil > now) {
			if (!newer && isCarrier) return { kind: "keep", until: blocker.leaseUntil };
			// The copy that comes back is for the attempt that may be lost by then; a redrive stays the first of its own generation.
			return {
				kind: "defer",
				why: "leased",
				until: blocker.leaseUntil,
				generation: me.generation,
				attempt: newer ? me.attempt : blocker.attempts,
			};
		}
		if (newer) return { kind: "take", over: blocker, newGeneration: true, workerLost: true };
		if (blocker.revoke !== undefined) return { kind: "end-revoked", over: blocker, reason: blocker.revoke };
		if (!policy.retriesLostWorkers || blocker.attempts > policy.retriesMax) return { kind: "end-lost", over: blocker };
		return { kind: "take", over: blocker, newGeneration: false, workerLost: true };
	}
	if (blocker.state === "REVOKED") {
		// The row is kept as long as a message that it is meant for may be under way. What was sent later than anybody's idempotency window is
		// another run of the same name, and what was redriven after the revoke is meant to begin.
		const isOfRedrive = newer || (blocker.generation > 1 && blocker.attempts === 0);
		return (me.firstSentAt ?? 0) > plusSeconds(blocker.endedAt, isOfRedrive ? 0 : RUN_RETENTION_SECONDS)
			? { kind: "take", over: blocker, newGeneration: true, workerLost: false }
			: { kind: "acknowledge", why: "terminal" };
	}
	if (newer) {
		return blocker.state === "SUCCESS"
			? { kind: "acknowledge", why: "terminal" }
			: { kind: "take", over: blocker, newGeneration: true, workerLost: false };
	}
	// Its end stays as it is recorded (INV-02), and yet no message is lost because it came late (INV-01).
	if (blocker.state === "SKIPPED" && blocker.found !== undefined) {
		return { kind: "take", over: blocker, newGeneration: true, workerLost: false };
	}
	// Two deliveries of one message may be told different things: what the first of them has written stands.
	if (me.latest === true && isDebounced(blocker) && !isCarrier) {
		return { kind: "take", over: blocker, newGeneration: true, workerLost: false };
	}
	if (blocker.state === "RETRY" && me.attempt > blocker.attempts) {
		const { nextAttemptAt: until, attempts } = blocker;
		if (until > plusMs(now, EARLY_MS_MAX))
			return { kind: "defer", why: "not-before", until, generation: me.generation, attempt: attempts + 1 };
		return { kind: "take", over: blocker, newGeneration: false, workerLost: false };
	}
	if (
		blocker.state === "LEG" &&
		(me.attempt > blocker.attempts || (me.attempt === blocker.attempts && me.leg >= blocker.nextLeg))
	) {
		return { kind: "take", over: blocker, newGeneration: false, workerLost: false };
	}
	if (isCarrier) return { kind: "repeat-follow-ups", record: blocker, asStranger: false };
	if (blocker.state === "RETRY" || blocker.state === "LEG") {
		const overdueAt = plusMs(blocker.state === "RETRY" ? blocker.nextAttemptAt : blocker.endedAt, STAND_BY_MS);
		return overdueAt <= now
			? { kind: "take", over: blocker, newGeneration: false, workerLost: false }
			: {
					kind: "defer",
					why: "stand-by",
					until: overdueAt,
					generation: me.generation,
					attempt: blocker.attempts,
				};
	}
	if (mayOwe(blocker) && (blocker.state === "FAILURE" || hasFollowUps(blocker)))
		return { kind: "repeat-follow-ups", record: blocker, asStranger: true };
	return { kind: "acknowledge", why: "terminal" };
}

/** Whether a row is of the job that a message names, by its name of now or an earlier one. */
export const isJobOf = (row: Pick<RunRecord, "job">, me: Pick<ClaimantMessage, "job" | "aliases">): boolean =>
	row.job === me.job || me.aliases?.includes(row.job) === true;

const hasFollowUps = (row: RunRecord): boolean => row.state === "SUCCESS" && row.followUps.length > 0;
