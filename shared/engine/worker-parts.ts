/** What the engine is given: the outside as ports, the catalogue, and the implementations of one worker group. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import type { JobLog } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { WorkerHooks } from "../job/hooks.ts";
import type { JobImplementation } from "../job/implementation.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { DebounceStore } from "../ports/debounce-store.ts";
import type { EffectStore } from "../ports/effect-store.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { LimitStore } from "../ports/limit-store.ts";
import type { Queue } from "../ports/queue.ts";
import type { Random } from "../ports/random.ts";
import type { ResultCache } from "../ports/result-cache.ts";
import type { ScheduleRegistry } from "../ports/schedule-registry.ts";
import type { Scheduler } from "../ports/scheduler.ts";
import type { SlotStore } from "../ports/slot-store.ts";
import type { Telemetry, TracingOptions, Trail } from "../ports/telemetry.ts";
import type { Breakers } from "./breaker/breakers.ts";

export interface WorkerParts {
	readonly catalogue: Catalogue;
	/** By wire name; only the jobs of this worker's group. */
	readonly implementations: Readonly<Record<string, JobImplementation<JobDefinition>>>;
	/** Runs performed at the same time. */
	readonly runConcurrency: number;
	readonly store: JobStore;
	readonly limits: LimitStore;
	readonly slots: SlotStore;
	readonly debounce: DebounceStore;
	/** What this worker knows of the breakers of its classes, which outlives an invocation. Absent: there are none. */
	readonly breakers?: Breakers;
	readonly schedules: Pick<
		ScheduleRegistry,
		"admit" | "admittedAmong" | "look" | "noteAdmitted" | "noteTick" | "noteWaiting"
	>;
	readonly queue: Queue;
	/** For waits above the queue's 15 minutes. Absent: they are made of several such delays. */
	readonly scheduler?: Pick<Scheduler, "schedule">;
	readonly blobs: BlobStore;
	readonly effects: EffectStore;
	readonly cache: ResultCache;
	readonly clock: Clock;
	readonly random: Random;
	readonly telemetry: Telemetry;
	/** A team's own. Absent: none. */
	readonly hooks?: WorkerHooks;
	/** Absent: nothing is recorded; the context of a trace is handed on all the same. */
	readonly tracing?: TracingOptions;
	/** A log that names the run in every line. */
	readonly logFor: (trail: Trail) => JobLog;
}

/** A message as the queue delivered it. */
export interface DeliveredMessage {
	/** SQS's own id; a redelivery keeps it. */
	readonly messageId: string;
	/** Of this delivery: what changes the message's visibility. */
	readonly receiptHandle: string;
	/** Deliveries of this message so far, this one included. */
	readonly receiveCount: number;
	readonly body: string;
	readonly sentAt: EpochMs;
	/** A traceparent that the producer's sender put beside the body, where it is traced by X-Ray. */
	readonly trace?: string;
}
