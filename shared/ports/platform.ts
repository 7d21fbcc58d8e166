/** One deployed platform, seen from a producer or an operator: every port that reaches it, and its address book. */
import type { PlatformAddress } from "../wire/platform-address.ts";
import type { BlobStore } from "./blob-store.ts";
import type { Clock } from "./clock.ts";
import type { JobStore } from "./job-store.ts";
import type { Queue } from "./queue.ts";
import type { QueueOperator } from "./queue-operator.ts";
import type { Random } from "./random.ts";

export interface Platform {
	readonly address: PlatformAddress;
	readonly queue: Queue;
	readonly operator: QueueOperator;
	readonly store: JobStore;
	readonly blobs: BlobStore;
	readonly clock: Clock;
	readonly random: Random;
}
