/** One deployed platform, seen from a producer or an operator: every port that reaches it, and its address book. */
import type { PlatformAddress } from "../wire/platform-address.ts";
import type { BlobStore } from "./blob-store.ts";
import type { BreakerStore } from "./breaker-store.ts";
import type { Clock } from "./clock.ts";
import type { JobStore } from "./job-store.ts";
import type { LimitStore } from "./limit-store.ts";
import type { MappingOperator } from "./mapping-operator.ts";
import type { Queue } from "./queue.ts";
import type { QueueOperator } from "./queue-operator.ts";
import type { Random } from "./random.ts";
import type { ResultCache } from "./result-cache.ts";
import type { ScheduleRegistry } from "./schedule-registry.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SweepStore } from "./sweep-store.ts";

export interface Platform {
	readonly address: PlatformAddress;
	readonly queue: Pick<Queue, "sendMany">;
	readonly operator: QueueOperator;
	readonly mappings: MappingOperator;
	readonly store: JobStore;
	readonly limits: LimitStore;
	readonly breakers: BreakerStore;
	readonly sweeps: SweepStore;
	readonly cache: ResultCache;
	readonly blobs: BlobStore;
	/** Absent for an address without schedules. */
	readonly scheduler?: Pick<Scheduler, "cancel" | "list" | "recur" | "turn" | "waits">;
	readonly schedules: ScheduleRegistry;
	readonly clock: Clock;
	readonly random: Random;
}
