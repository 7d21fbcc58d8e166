/** What happened, in the past tense. Low in cardinality where it becomes a metric; ids are for logs only. */
import type { ErrorClass } from "../job/error-class.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { TerminalState } from "../wire/run-states.ts";

interface AboutRun {
	readonly runId: string;
	readonly job: string;
	readonly attempt: number;
}

export type TelemetryEvent =
	| ({ readonly event: "attempt.started"; readonly tenant?: string } & AboutRun)
	| ({
			readonly event: "attempt.retried";
			readonly errorClass: ErrorClass;
			readonly excType: string;
			readonly excMessage: string;
			readonly delayMs: number;
			readonly durationMs: number;
	  } & AboutRun)
	| ({
			readonly event: "run.settled";
			readonly state: TerminalState;
			readonly durationMs: number;
			readonly reason?: string;
			readonly errorClass?: ErrorClass;
			readonly excType?: string;
			readonly excMessage?: string;
	  } & AboutRun)
	/** An attempt goes on in its next leg. */
	| ({ readonly event: "leg.ended"; readonly leg: number } & AboutRun)
	/** A worker died performing an earlier attempt; this one took its place. */
	| ({ readonly event: "worker.lost" } & AboutRun)
	/** The attempt's settle was refused: another one holds the run. */
	| ({ readonly event: "fence.lost" } & AboutRun)
	| ({
			readonly event: "run.deferred";
			readonly why: "not-before" | "leased" | "stand-by" | "rate" | "concurrency" | "overlap" | "breaker" | "debounce";
			readonly delaySeconds: number;
	  } & AboutRun)
	/** A long wait could not be scheduled; it is made of the queue's longest delay first, after which it is tried again. */
	| ({ readonly event: "schedule.failed"; readonly why: string } & AboutRun)
	/** A schedule's tick ended without its run being performed. */
	| { readonly event: "tick.skipped"; readonly schedule: string; readonly job: string; readonly why: string }
	/** A schedule's tick was admitted, and its run goes on to its turn. */
	| { readonly event: "tick.admitted"; readonly schedule: string; readonly job: string }
	/** A message that needed nothing any more was acknowledged. */
	| ({ readonly event: "duplicate.acknowledged"; readonly why: "terminal" | "stale" } & AboutRun)
	| {
			readonly event: "message.refused";
			readonly messageId: string;
			readonly reason: string;
			readonly problem: string;
			/** Its run ended FAILURE by it. Not where that had ended before, or is another's. */
			readonly ended: boolean;
			readonly job?: string;
			readonly runId?: string;
	  }
	/** A message is left in the queue to be delivered again. */
	| { readonly event: "message.kept"; readonly messageId: string; readonly why: string }
	/** A run was given an earlier result and performed nothing. */
	| ({ readonly event: "cache.hit"; readonly from: string } & AboutRun)
	| ({ readonly event: "cache.missed"; readonly why: "absent" | "expired" | "invalidated" } & AboutRun)
	/** The result cache could not be reached; the run went on without it. */
	| ({ readonly event: "cache.failed"; readonly what: "lookup" | "fill"; readonly why: string } & AboutRun)
	/** Runs took their places under the exact cap of their worker group: so many of the group perform from now on. */
	| { readonly event: "places.taken"; readonly group: string; readonly performing: number }
	/** Slots of a concurrency limit could not be extended or given back; they get free by themselves when their leases end. */
	| { readonly event: "slots.failed"; readonly queueClass: string; readonly why: string }
	/** Too many attempts of a class failed on what is outside; from now its runs wait. */
	| {
			readonly event: "breaker.opened";
			readonly queueClass: string;
			readonly because: string;
			readonly openSeconds: number;
	  }
	/** Runs that were tried while it was open: the next ones come after so long, or at once. */
	| {
			readonly event: "breaker.probed";
			readonly queueClass: string;
			readonly passed: boolean;
			readonly nextProbeSeconds: number;
	  }
	| { readonly event: "breaker.closed"; readonly queueClass: string; readonly openMs: number }
	/** The breaker's item could not be reached; runs go on as if it were closed, or wait as long as it was last known to be open. */
	| { readonly event: "breaker.failed"; readonly queueClass: string; readonly why: string }
	/** A team's hook threw; the run stands as it was settled. */
	| ({ readonly event: "hook.failed"; readonly hook: string; readonly why: string } & AboutRun)
	/** An effect was recalled, and its item could not be told which row has to do with it now. */
	| { readonly event: "effect.failed"; readonly runId: string; readonly job: string; readonly why: string }
	/** A sign of life, perhaps with progress, could not be written. */
	| { readonly event: "beat.failed"; readonly runId: string; readonly job: string; readonly why: string };

/** Absent where nothing is recorded. */
export interface TracingOptions {
	/** Of the traces that begin here, 0 to 1. One that a message brings was decided upon by its producer. */
	readonly sampleRatio: number;
}

/** What a leg's spans are named: hex, as W3C trace context and X-Ray spell them. */
export interface SpanOfLeg {
	readonly traceId: string;
	/** The span that caused the run, where its message names one. */
	readonly parentId?: string;
	/** Of the time in the queue, before this leg. */
	readonly queueSpanId: string;
	/** Of the leg itself. */
	readonly spanId: string;
	/** 1 for the first of its attempt. */
	readonly leg: number;
	/** Whether its spans are to be recorded. */
	readonly sampled: boolean;
	/** What the leg hands on to whatever it causes. */
	readonly traceparent: string;
}

/** Whom the events of a message and its run are about, beyond what they say themselves. */
export interface Trail {
	readonly runId: string;
	readonly job: string;
	readonly queueClass: string;
	readonly messageId: string;
	/** When that message was sent. */
	readonly sentAt: EpochMs;
	readonly attempt: number;
	readonly tenant: string | undefined;
	/** Computed when it is asked for, as the span is. */
	readonly traceId: () => string;
	/** Of a leg that has been claimed. */
	readonly span?: () => SpanOfLeg;
}

export interface Telemetry {
	/** Never throws. */
	emit(event: TelemetryEvent): void;
	/** From here on, and until the invocation ends, the events of this run and message are about `trail`. Never throws. */
	follow?(trail: Trail): void;
}
