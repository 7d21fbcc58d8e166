/** What a client is made of, and what it hands out. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { RunId } from "../kernel/ids.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { LimitStore } from "../ports/limit-store.ts";
import type { Queue } from "../ports/queue.ts";
import type { Random } from "../ports/random.ts";
import type { ResultCache } from "../ports/result-cache.ts";
import type { ScheduleRegistry } from "../ports/schedule-registry.ts";
import type { Scheduler } from "../ports/scheduler.ts";

/** The catalogue and the outside things a client works with; `connectPlatform` of shared/aws makes all but the catalogue. */
export interface ClientParts<Jobs extends readonly JobDefinition[] = readonly JobDefinition[]> {
	readonly catalogue: Pick<Catalogue<Jobs>, "jobs" | "findJob" | "routes" | "workerGroups" | "schedules">;
	readonly queue: Pick<Queue, "sendMany">;
	readonly store: Pick<JobStore, "getMany" | "claimMany" | "requestRevoke">;
	readonly limits: Pick<LimitStore, "look" | "override">;
	readonly cache: Pick<ResultCache, "renew">;
	readonly blobs: BlobStore;
	readonly clock: Clock;
	readonly random: Random;
	/** Absent: what waits in a schedule is left to come and find its run ended. */
	readonly scheduler?: Pick<Scheduler, "cancel" | "list" | "recur" | "turn">;
	/** What is known of schedules. Absent: they can't be seen or changed. */
	readonly schedules?: ScheduleRegistry;
}

export interface Enqueued {
	/** What `status`, `result` and `wait` are asked with. */
	readonly id: RunId;
}
