/** What can be seen of a world from outside: rows written, messages sent and gone, performances begun and ended. Checkers judge this and nothing else. */
import type { Revocation } from "../../shared/engine/revoke-run.ts";
import type { HookedAttempt } from "../../shared/job/hooks.ts";
import type { JobDefinition, RetryPolicy } from "../../shared/job/index.ts";
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { RunRecord } from "../../shared/ports/job-store.ts";
import type { QueueTarget } from "../../shared/ports/queue.ts";
import type { WaitingTick } from "../../shared/ports/schedule-registry.ts";

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
	/** When its attempt began, as its row says. */
	readonly startedAt: EpochMs;
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
			/** By an operator, with all that was in the queue. */
			readonly purged?: true;
	  }
	| { readonly kind: "row"; readonly before: RunRecord | undefined; readonly after: RunRecord }
	| { readonly kind: "performing"; readonly performance: Performance }
	| { readonly kind: "performed"; readonly performance: Performance }
	/** The run's row had expired: what is written now begins it anew. */
	| { readonly kind: "forgotten"; readonly runId: string }
	/** An effect of a run took place, which `ctx.once` had been asked for at `asked`. */
	| {
			readonly kind: "effect";
			readonly runId: string;
			readonly key: string;
			readonly value: string;
			readonly asked: EpochMs;
			/** The performance that it is part of, and its place among the legs of the run: what comes later has the higher one. */
			readonly of: string;
			readonly rank: number;
			readonly failed: boolean;
	  }
	/** The store has kept what the effect of the scope came to, and from then on knows it. */
	| { readonly kind: "kept"; readonly scope: string; readonly key: string; readonly json: string }
	/** `ctx.once` answered a job with that. */
	| { readonly kind: "once"; readonly runId: string; readonly key: string; readonly value: unknown }
	/** A hook was called; what it is told of the end. */
	| {
			readonly kind: "hooked";
			readonly worker: string;
			readonly hook: "before" | "after" | "failure" | "retry";
			readonly attempt: HookedAttempt;
			readonly told: unknown;
			readonly trouble: string | undefined;
	  }
	/** The engine says that it gave a hook up, or that it failed. */
	| { readonly kind: "hook failed"; readonly worker: string; readonly hook: string; readonly runId: string }
	/** A message must come again, for this reason. */
	| { readonly kind: "message kept"; readonly worker: string; readonly messageId: string; readonly why: string }
	/** A message that can't be performed has its letter in the dead-letter queue, and is let go. */
	| { readonly kind: "message refused"; readonly worker: string; readonly messageId: string; readonly reason: string }
	/** An operator asks for a class to be fed no more, or again; and is answered with how it stands. */
	| { readonly kind: "switching"; readonly queueClass: string; readonly to: "paused" | "active" }
	| { readonly kind: "switched"; readonly queueClass: string; readonly to: string; readonly state: string }
	/** A class's mapping hands messages to a worker. */
	| {
			readonly kind: "handed out";
			readonly worker: string;
			readonly queueClass: string;
			readonly messageIds: readonly string[];
	  }
	/** A worker has made up its mind to end a run that it does not perform. Its request may land much later, and is the row's `settledBy`. */
	| { readonly kind: "ending"; readonly worker: string; readonly runId: string; readonly settledBy: string }
	/** An operator's purge of a class's main queue was answered: so many are left of what was in it when it was asked for. */
	| { readonly kind: "purged"; readonly queueClass: string; readonly left: number }
	/** Somebody asks for a number's cached results to be taken away, and is told that they are. */
	| { readonly kind: "invalidating"; readonly n: number; readonly call: string }
	| { readonly kind: "invalidated"; readonly n: number; readonly call: string }
	/** The sweeper, or an operator, has noted which ticks of a schedule in (from, until] were missed. */
	| {
			readonly kind: "ticks checked";
			readonly schedule: string;
			/** `undefined`: nobody had looked before. */
			readonly from: EpochMs | undefined;
			readonly until: EpochMs;
			readonly count: number;
			readonly latest?: EpochMs;
	  }
	/** Who waits from now on for the turn of a schedule's next tick, as the registry has it. */
	| { readonly kind: "tick waits"; readonly schedule: string; readonly waiting: WaitingTick | undefined }
	/** An operator asks for something to be done to a schedule, and is told that it is. */
	| {
			readonly kind: "schedule operated";
			readonly schedule: string;
			readonly what: "disable" | "enable" | "upsert" | "remove";
			readonly done: boolean;
	  }
	/** An operator's call for another rate was answered: from then on it is what is wanted. */
	| { readonly kind: "rate changed"; readonly limiter: string }
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
