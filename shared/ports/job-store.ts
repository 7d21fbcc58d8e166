/**
 * The job store: one small row per run, and conditional writes on it. A write that is refused comes back with the row that blocked it,
 * so that the engine decides without another read. The store decides nothing itself.
 *
 * States of a row:   (absent) → STARTED ⇄ PROGRESS → RETRY → STARTED …
 *                                              ├────→ LEG → STARTED …
 *                                              └────→ SUCCESS | FAILURE | REVOKED | SKIPPED
 * While STARTED or PROGRESS the row has a fence and a lease; in every other state it has `settledBy`, the fence of what ended: an attempt,
 * or in LEG one leg of an attempt that goes on from its checkpoint.
 */
import type { Progress } from "../job/context.ts";
import type { ErrorClass } from "../job/error-class.ts";
import type { ErrorCode, MillraceError } from "../kernel/errors.ts";
import type { Fence, RunId } from "../kernel/ids.ts";
import type { EpochMs, EpochSeconds } from "../kernel/time.ts";
import type { JobMessage } from "../wire/job-message.ts";

export interface RunError {
	readonly excType: string;
	readonly excMessage: string;
	readonly errorClass: ErrorClass;
	/** A few stack lines, cut. */
	readonly traceback?: string;
}

/** A run that the settled run enqueues: everything needed to send it again. */
export interface FollowUp {
	readonly queueClass: string;
	readonly delaySeconds: number;
	readonly message: JobMessage & { readonly id: string };
}

export type StoredResult =
	| { readonly kind: "inline"; readonly json: string }
	| { readonly kind: "blob"; readonly key: string; readonly bytes: number };

/** What the sweeper found where it ended a run. */
export interface FoundLost {
	readonly state: "STARTED" | "PROGRESS" | "RETRY" | "LEG";
	/** Since when nothing moved it on: its lease was over, its next attempt due, or its leg ended. */
	readonly since: EpochMs;
	/** Which sweep saw it so first. */
	readonly seenAt: EpochMs;
}

/** Stands for the job in the row of a run that was revoked before any worker saw its message. */
export const REVOKED_UNSEEN = "";

/** Stands for the carrier in the row of a run that owes nothing any more. */
export const NOBODY = "";

interface RunBase {
	readonly id: RunId;
	readonly job: string;
	/** 1, and one more for each time a run that had ended was redriven; 0 for a message that was refused before its run could begin. */
	readonly generation: number;
	/** Attempts begun in this generation; 0 for a run that was refused before it could begin. */
	readonly attempts: number;
	/** The SQS message that carries the run now: its redelivery repeats the follow-ups. `NOBODY` once another message has done so; see engine/carrier-of.ts. */
	readonly carrier: string;
	readonly retriesMax: number;
	/** Through which class its messages go, where that is another than its job's own. */
	readonly queueClass?: string;
	readonly tenant?: string;
	readonly createdAt: EpochMs;
	/**
	 * When the latest attempt began, with its first leg. Of one that waits for its turn under a rate limit, a few seconds at most: when its
	 * turn was to be; if it missed that one, it has all its time from a later one on.
	 */
	readonly startedAt: EpochMs;
	/** Legs begun in the latest attempt. Absent for one. */
	readonly leg?: number;
	/** Why an operator wants it to stop. Stays while the generation goes on, whoever performs it. */
	readonly revoke?: string;
	/** The latest checkpoint of this generation, where the next leg or attempt goes on. */
	readonly cursor?: StoredResult;
	/** When the row may be forgotten. DynamoDB deletes later than this, so every reader compares. */
	readonly expiresAt: EpochSeconds;
}

export type PerformingRun = RunBase & {
	readonly fence: Fence;
	readonly leaseUntil: EpochMs;
} & ({ readonly state: "STARTED" } | { readonly state: "PROGRESS"; readonly progress: Progress });

/** What a settle writes beside the state; also the part of a settled row that is particular to its state. */
export type Settlement =
	| { readonly state: "RETRY"; readonly endedAt: EpochMs; readonly error: RunError; readonly nextAttemptAt: EpochMs }
	/** The attempt goes on in another leg, from the checkpoint. */
	| { readonly state: "LEG"; readonly endedAt: EpochMs; readonly nextLeg: number; readonly progress?: Progress }
	| {
			readonly state: "SUCCESS";
			readonly endedAt: EpochMs;
			readonly result: StoredResult;
			readonly followUps: readonly FollowUp[];
			readonly progress?: Progress;
			/** The run whose result the cache gave to this one, which performed nothing. */
			readonly cachedFrom?: RunId;
	  }
	| { readonly state: "FAILURE"; readonly endedAt: EpochMs; readonly reason: ErrorCode; readonly error: RunError }
	| { readonly state: "REVOKED"; readonly endedAt: EpochMs; readonly reason: string }
	| {
			readonly state: "SKIPPED";
			readonly endedAt: EpochMs;
			readonly reason: string;
			/** When the sweeper ended it, because no message carried it any more. */
			readonly found?: FoundLost;
	  };

export type SettledRun = RunBase & { readonly settledBy: Fence } & Settlement;

export type RunRecord = PerformingRun | SettledRun;

/** Under which condition a claim may write its row. */
export type ClaimExpectation =
	/** There is no row with this id. */
	| { readonly kind: "absent" }
	/** The row is RETRY with exactly this generation and this many attempts: what a retry message expects, checked without reading first. */
	| {
			readonly kind: "retry";
			readonly generation: number;
			readonly attempts: number;
			/** The next attempt's time is not after this. Default: whenever. */
			readonly dueBy?: EpochMs;
	  }
	/** The row is LEG and waits for exactly this leg of this attempt. */
	| { readonly kind: "leg"; readonly generation: number; readonly attempts: number; readonly leg: number }
	/** The row is still exactly the one that was seen (same state, generation, attempts; same fence and lease, or same settledBy). */
	| { readonly kind: "seen"; readonly record: RunRecord };

export interface Claim {
	/** The whole row as it shall be: a performing run, or a settled one for a run that ends without performing. */
	readonly record: RunRecord;
	readonly expect: ClaimExpectation;
}

/**
 * `claimed` carries the row as written. What the message could not know is kept from the row that was there: createdAt always; the
 * checkpoint and the wish to revoke where the generation goes on.
 * `blocker` is absent when the row vanished meanwhile. A repeated write of the same claim that had landed already is `claimed` (the fence tells).
 */
export type ClaimResult =
	| { readonly claimed: true; readonly record: RunRecord }
	| { readonly claimed: false; readonly blocker?: RunRecord };

export interface Settle {
	readonly id: RunId;
	/** The condition: the row is performing under this fence. */
	readonly fence: Fence;
	readonly settlement: Settlement;
	readonly expiresAt: EpochSeconds;
	/** Replaces the checkpoint. Absent: it stays. */
	readonly cursor?: StoredResult;
}

/** `settled` also when the same settle had landed already (settledBy tells). Otherwise the attempt lost its fence and nothing changed (INV-02). */
export type SettleResult = { readonly settled: true } | { readonly settled: false; readonly blocker?: RunRecord };

/** A sign of life of a performing attempt, with what it has to store. */
export interface Beat {
	readonly id: RunId;
	/** The condition: the row is performing under this fence. */
	readonly fence: Fence;
	/** The lease is good until then. */
	readonly leaseUntil: EpochMs;
	/** Replaces the progress. Absent: it stays. */
	readonly progress?: Progress;
	/** Replaces the checkpoint. Absent: it stays. */
	readonly cursor?: StoredResult;
}

/** `held: false`: the attempt lost its fence and nothing changed. `revoke`: why an operator wants it to stop. */
export type BeatResult = { readonly held: true; readonly revoke?: string } | { readonly held: false };

/** A write that could not be made or whose outcome could not be read, after the adapter's own retries; its neighbours' results stand. */
export interface FailedWrite {
	/** `store-failed`. The write may have landed: repeating the same one is safe. */
	readonly failed: MillraceError;
}

/** One line of the listing of recent runs. */
export interface RunListing {
	readonly id: RunId;
	readonly job: string;
	readonly firstStartedAt: EpochMs;
}

export interface JobStore {
	/** One result per claim, in order; one that fails leaves the others alone. Claims of one call have different ids. */
	claimMany(claims: readonly Claim[]): Promise<readonly (ClaimResult | FailedWrite)[]>;
	/** One result per settle, in order; one that fails leaves the others alone. Settles of one call have different ids. */
	settleMany(settles: readonly Settle[]): Promise<readonly (SettleResult | FailedWrite)[]>;
	/** One result per beat, in order; one that fails leaves the others alone. Beats of one call have different ids. */
	beatMany(beats: readonly Beat[]): Promise<readonly (BeatResult | FailedWrite)[]>;
	/**
	 * Notes on a performing row that it shall stop; its next beat or claim tells. `false` when the row is no longer exactly the one that was
	 * seen (a beat in between does not count). @throws MillraceError `store-failed`
	 */
	requestRevoke(seen: PerformingRun, reason: string): Promise<boolean>;
	/** Strongly consistent; `undefined` where there is no row (expired rows included). In the order of the ids. @throws MillraceError `store-failed` */
	getMany(ids: readonly RunId[]): Promise<readonly (RunRecord | undefined)[]>;
	/**
	 * Runs by their first start, latest first, those of one millisecond by falling id, from the listing index (eventually consistent; a run
	 * whose row has just expired may still be listed). Reaches back over the retention of those that have not ended, and a day more. @throws MillraceError `store-failed`
	 */
	listRecent(query: {
		readonly limit: number;
		/** Only runs started earlier than this. */
		readonly before?: EpochMs;
		/** With `before`: of runs started in that very millisecond, those with a lower id too. The last line's start and id give the next page. */
		readonly beforeId?: RunId;
		readonly job?: string;
	}): Promise<readonly RunListing[]>;
}
