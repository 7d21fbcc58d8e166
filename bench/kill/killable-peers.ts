// The peers of the kill benchmark, each on a Redis of its own: BullMQ, and Celery with early and with late acknowledgement.
import { setTimeout as pause } from "node:timers/promises";
import type { Child } from "../setup/children.ts";
import { type Redis, startRedis } from "../setup/redis.ts";
import { startBullmqDriver, startBullmqWorker } from "../systems/bullmq-system.ts";
import { startCeleryDriver, startCeleryWorker } from "../systems/celery-system.ts";
import type { KillablePeer } from "./peer-kill.ts";

export interface PeerSetup {
	readonly name: string;
	readonly setup: string;
	/** Starts its Redis and its producer; workers are started and killed by the run. */
	readonly start: (journalPath: string) => Promise<StartedPeer>;
}

export interface StartedPeer {
	readonly peer: KillablePeer;
	readonly stop: () => Promise<void>;
}

/** BullMQ moves stalled jobs back after one to two of these. */
const BULLMQ_LOCK_MS = 3_000;
const BULLMQ_RECOVERY_MS = 30_000;
/** Kombu looks for messages past their visibility timeout (15 s here) about every hundred seconds. */
const CELERY_RECOVERY_MS = 240_000;

export function bullmqPeer(redisCommand: string): PeerSetup {
	const name = "BullMQ";
	return {
		name,
		setup: `concurrency 2, lock and stalled interval ${BULLMQ_LOCK_MS / 1_000} s, maxStalledCount 100`,
		start: async (journalPath) => {
			const redis = await startRedis(redisCommand);
			const env = {
				BENCH_REDIS_URL: redis.url,
				BENCH_JOURNAL: journalPath,
				BENCH_LOCK_MS: String(BULLMQ_LOCK_MS),
			};
			const driver = startBullmqDriver(env);
			const startWorker = (): Promise<Child> => startBullmqWorker(env);
			return { peer: { name, driver, startWorker, recoveryMs: BULLMQ_RECOVERY_MS }, stop: stopper(redis, driver) };
		},
	};
}

export function celeryPeer(python: string, redisCommand: string, acks: "early" | "late"): PeerSetup {
	const name = acks === "early" ? "Celery" : "Celery acks_late";
	return {
		name,
		setup: `prefork 2, prefetch 4, visibility_timeout 15 s${acks === "late" ? ", reject_on_worker_lost" : ""}`,
		start: async (journalPath) => {
			const redis = await startRedis(redisCommand);
			const env = {
				BENCH_REDIS_URL: redis.url,
				BENCH_JOURNAL: journalPath,
				BENCH_ACKS_LATE: acks === "late" ? "1" : "0",
			};
			const driver = startCeleryDriver(python, env);
			const startWorker = async (): Promise<Child> => startCeleryWorker(python, env);
			return { peer: { name, driver, startWorker, recoveryMs: CELERY_RECOVERY_MS }, stop: stopper(redis, driver) };
		},
	};
}

function stopper(redis: Redis, driver: Child): () => Promise<void> {
	return async () => {
		await driver.stop();
		// A prefork pool ends a moment after its parent.
		await pause(100);
		await redis.child.stop();
	};
}
