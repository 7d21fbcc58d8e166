/** What happened, in the past tense. Low in cardinality where it becomes a metric; ids are for logs only. */
import type { ErrorClass } from "../job/error-class.ts";
import type { TerminalState } from "../wire/run-view.ts";

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
	/** A worker died performing an earlier attempt; this one took its place. */
	| ({ readonly event: "worker.lost" } & AboutRun)
	/** The attempt's settle was refused: another one holds the run. */
	| ({ readonly event: "fence.lost" } & AboutRun)
	| ({
			readonly event: "run.deferred";
			readonly why: "not-before" | "leased";
			readonly delaySeconds: number;
	  } & AboutRun)
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
	| { readonly event: "progress.dropped"; readonly runId: string; readonly job: string; readonly why: string };

export interface Telemetry {
	/** Never throws. */
	emit(event: TelemetryEvent): void;
}
