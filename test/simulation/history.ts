/** What can be seen of a world from outside: rows written, messages sent and gone, performances begun and ended. Checkers judge this and nothing else. */
import type { Revocation } from "../../shared/client/revoke-run.ts";
import type { JobDefinition, RetryPolicy } from "../../shared/job/index.ts";
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { RunRecord } from "../../shared/ports/job-store.ts";
import type { QueueTarget } from "../../shared/ports/queue.ts";

/** What an attempt that ends so must be recorded as: a retry while there are attempts, a final failure, or an end of its own. */
export type Expected =
	| "success"
	| "retry"
	| "retry at its own time"
	| "final"
	| "gave-up"
	| "skipped"
	| "validation"
	| "deadline";

/** One call of a job's implementation. */
export interface Performance {
	readonly runId: string;
	readonly job: string;
	readonly generation: number;
	readonly attempt: number;
	/** 1 for the first leg of the attempt. */
	readonly leg: number;
	readonly fence: string;
	/** The message that carried it, and the worker that performs it. */
	readonly worker: string;
	readonly from: EpochMs;
	/** How far the performing worker's clock is ahead of the world's. */
	readonly skewMs: number;
	/** The input as it came, before the job had its hands on it. */
	readonly inputJson: string;
	/** Ids that `context.enqueue` answered with, in order. */
	readonly enqueued: string[];
	readonly tenant: string | undefined;
	/** The job as this worker knows it. */
	readonly definition: JobDefinition;
	/** Its retry policy. */
	readonly policy: RetryPolicy;
	/** When it claimed the run, by its own clock. */
	readonly claimedAt: EpochMs;
	/** When this worker would be stopped, by the world's clock. */
	readonly invocationEndsAt: EpochMs;
	/** The checkpoint that it was given to go on from, and the last one that it made. */
	readonly cursor: unknown;
	reached?: number;
	/** How the attempt ought to be recorded, once the job has decided how to end. */
	expected?: Expected;
	/** Whether the job heard that it shall stop; absent while it does not listen. */
	told?: boolean;
	/** When it ended, or its worker died. */
	until: EpochMs | undefined;
	/** JSON of what it returned as its result; absent unless it ended with one. */
	resultJson?: string | undefined;
}

export type Happening =
	/** Somebody was told that their message is taken: from now on it may not be lost. */
	| { readonly kind: "accepted"; readonly target: QueueTarget; readonly messageId: string; readonly body: string }
	| {
			readonly kind: "sent";
			readonly target: QueueTarget;
			readonly messageId: string;
			readonly body: string;
			readonly attributes: Readonly<Record<string, string>>;
	  }
	/** Gone from its queue: deleted, or `moved` to the dead-letter queue by SQS, which had delivered it too often. */
	| {
			readonly kind: "removed";
			readonly target: QueueTarget;
			readonly messageId: string;
			readonly body: string;
			readonly moved: boolean;
	  }
	| { readonly kind: "row"; readonly before: RunRecord | undefined; readonly after: RunRecord }
	| { readonly kind: "performing"; readonly performance: Performance }
	| { readonly kind: "performed"; readonly performance: Performance }
	/** An operator asked for a run to be stopped, and was answered. */
	| { readonly kind: "revoked"; readonly runId: string; readonly outcome: Revocation["outcome"] }
	/** For people, and for the coverage of faults and steps: what the world did. */
	| { readonly kind: "note"; readonly what: string; readonly about: string };

export type Seen = Happening & { readonly at: EpochMs };

/** A promise that did not hold. */
export interface Breach {
	/** `INV-01`… */
	readonly promise: string;
	/** The run it is about. */
	readonly runId: string;
	readonly how: string;
	/** The open finding that explains it. */
	readonly explainedBy?: string;
}
