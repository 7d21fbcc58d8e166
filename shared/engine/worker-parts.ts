/** What the engine is given: the outside as ports, the catalogue, and the implementations of one worker group. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import type { JobLog } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { JobImplementation } from "../job/implementation.ts";
import type { RunId } from "../kernel/ids.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Queue } from "../ports/queue.ts";
import type { Random } from "../ports/random.ts";
import type { Telemetry } from "../ports/telemetry.ts";

export interface WorkerParts {
	readonly catalogue: Catalogue;
	/** By wire name; only the jobs of this worker's group. */
	readonly implementations: Readonly<Record<string, JobImplementation<JobDefinition>>>;
	/** Runs performed at the same time. */
	readonly runConcurrency: number;
	readonly store: JobStore;
	readonly queue: Queue;
	readonly blobs: BlobStore;
	readonly clock: Clock;
	readonly random: Random;
	readonly telemetry: Telemetry;
	/** A log that names the run in every line. */
	readonly logFor: (run: {
		readonly runId: RunId;
		readonly job: string;
		readonly attempt: number;
		readonly tenant?: string;
	}) => JobLog;
}

/** A message as the queue delivered it. */
export interface DeliveredMessage {
	/** SQS's own id; a redelivery keeps it. */
	readonly messageId: string;
	readonly body: string;
	readonly sentAt: EpochMs;
}
