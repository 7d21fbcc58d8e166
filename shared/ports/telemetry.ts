/** What happened, in the past tense. Low in cardinality where it becomes a metric; ids are for logs only. */
import type { ErrorClass } from "../job/error-class.ts";
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
			readonly why: "not-before" | "leased" | "rate" | "concurrency";
			readonly delaySeconds: number;
	  } & AboutRun)
	/** A long wait could not be scheduled; it is made of the queue's longest delay first, after which it is tried again. */
	| ({ readonly event: "schedule.failed"; readonly why: string } & AboutRun)
	/** A message that needed nothing any more was acknowledged. */
	| ({ readonly event: "duplicate.acknowledged"; readonly why: "terminal" | "stale" } & AboutRun)
	| {
			readonly event: "message.refused";
			readonly messageId: string;
			readonly reason: string;
			readonly problem: string;
			readonly job?: string;
			readonly runId?: string;
	  }
	/** A message is left in the queue to be delivered again. */
	| { readonly event: "message.kept"; readonly messageId: string; readonly why: string }
	/** Slots of a concurrency limit could not be extended or given back; they get free by themselves when their leases end. */
	| { readonly event: "slots.failed"; readonly queueClass: string; readonly why: string }
	/** A team's hook threw; the run stands as it was settled. */
	| ({ readonly event: "hook.failed"; readonly hook: string; readonly why: string } & AboutRun)
	/** A sign of life, perhaps with progress, could not be written. */
	| { readonly event: "beat.failed"; readonly runId: string; readonly job: string; readonly why: string };

export interface Telemetry {
	/** Never throws. */
	emit(event: TelemetryEvent): void;
}
