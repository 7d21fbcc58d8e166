/**
 * The job store: one small row per run, and conditional writes on it. A write that is refused comes back with the row that blocked it,
 * so that the engine decides without another read. The store decides nothing itself.
 *
 * States of a row:   (absent) → STARTED ⇄ PROGRESS → RETRY → STARTED …
 *                                              └────→ SUCCESS | FAILURE | REVOKED | SKIPPED
 * While STARTED or PROGRESS the row has a fence and a lease; in every other state it has `settledBy`, the fence of the attempt that ended.
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

interface RunBase {
	readonly id: RunId;
	readonly job: string;
	/** 1, and one more for each time a run that had ended was redriven; 0 for a message that was refused before its run could begin. */
	readonly generation: number;
	/** Attempts begun in this generation; 0 for a run that was refused before it could begin. */
	readonly attempts: number;
	/** The SQS message that carries the run now: only its redelivery repeats the follow-ups. */
	readonly carrier: string;
	readonly retriesMax: number;
	readonly tenant?: string;
	readonly createdAt: EpochMs;
	/** When the latest attempt was claimed. */
	readonly startedAt: EpochMs;
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
	| {
			readonly state: "SUCCESS";
			readonly endedAt: EpochMs;
			readonly result: StoredResult;
			readonly followUps: readonly FollowUp[];
			readonly progress?: Progress;
	  }
	| { readonly state: "FAILURE"; readonly endedAt: EpochMs; readonly reason: ErrorCode; readonly error: RunError }
	| { readonly state: "REVOKED"; readonly endedAt: EpochMs; readonly reason: string }
	| { readonly state: "SKIPPED"; readonly endedAt: EpochMs; readonly reason: string };

export type SettledRun = RunBase & { readonly settledBy: Fence } & Settlement;

export type RunRecord = PerformingRun | SettledRun;

/** Under which condition a claim may write its row. */
export type ClaimExpectation =
	/** There is no row with this id. */
	| { readonly kind: "absent" }
	/** The row is RETRY with exactly this generation and this many attempts: what a retry message expects, checked without reading first. */
	| { readonly kind: "retry"; readonly generation: number; readonly attempts: number }
	/** The row is still exactly the one that was seen (same state, generation, attempts; same fence and lease, or same settledBy). */
	| { readonly kind: "seen"; readonly record: RunRecord };

export interface Claim {
	/** The whole row as it shall be: a performing run, or a settled one for a run that ends without performing. */
	readonly record: RunRecord;
	readonly expect: ClaimExpectation;
}

/**
 * `claimed` carries the row as written (createdAt of an existing row is kept, so it may differ from the one asked for);
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
}

/** `settled` also when the same settle had landed already (settledBy tells). Otherwise the attempt lost its fence and nothing changed (INV-02). */
export type SettleResult = { readonly settled: true } | { readonly settled: false; readonly blocker?: RunRecord };

export interface ProgressWrite {
	readonly id: RunId;
	/** The condition: the row is performing under this fence. */
	readonly fence: Fence;
	readonly progress: Progress;
}

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
	/** Replaces the progress of each run; writes on a lost fence are dropped silently. @throws MillraceError `store-failed` when any failed. */
	recordProgressMany(writes: readonly ProgressWrite[]): Promise<void>;
	/** Strongly consistent; `undefined` where there is no row (expired rows included). In the order of the ids. @throws MillraceError `store-failed` */
	getMany(ids: readonly RunId[]): Promise<readonly (RunRecord | undefined)[]>;
	/**
	 * Runs by their first start, latest first, those of one millisecond by falling id, from the listing index (eventually consistent; a run
	 * whose row has just expired may still be listed). Reaches back over the retention and a day more. @throws MillraceError `store-failed`
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
