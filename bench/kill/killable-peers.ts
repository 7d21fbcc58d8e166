// The peers of the kill benchmark, each on a Redis of its own: BullMQ, and Celery with early and with late acknowledgement.
import { setTimeout as pause } from "node:timers/promises";
import { ensureCelery } from "../setup/celery.ts";
import type { Child } from "../setup/children.ts";
import { ensurePeerPackages } from "../setup/peer-packages.ts";
import { findRedis, type Redis, startRedis } from "../setup/redis.ts";
import { startBullmqDriver, startBullmqWorker } from "../systems/bullmq-system.ts";
import { startCeleryDriver, startCeleryWorker } from "../systems/celery-system.ts";
import { ask } from "../systems/driver-protocol.ts";
import { heldByCeleryBroker } from "./celery-broker.ts";
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
/** Kombu looks for messages past their visibility timeout (15 s here) every ten seconds, with `unacked_restore_throttle` 1. */
const CELERY_RECOVERY_MS = 240_000;

export interface Peers {
	readonly peers: readonly PeerSetup[];
	readonly missing: readonly string[];
	readonly versions: Readonly<Record<string, string>>;
}

export async function findPeers(): Promise<Peers> {
	const redis = await findRedis();
	if (!redis.available) return { peers: [], missing: [redis.missing], versions: {} };
	const celery = await ensureCelery();
	const packages = await ensurePeerPackages();
	const peers: PeerSetup[] = [];
	if (packages.available) peers.push(bullmqPeer(redis.found));
	if (celery.available) {
		peers.push(celeryPeer(celery.found, redis.found, "early"), celeryPeer(celery.found, redis.found, "late"));
	}
	return {
		peers,
		missing: [...(celery.available ? [] : [celery.missing]), ...(packages.available ? [] : [packages.missing])],
		versions: {
			...redis.versions,
			...(celery.available ? celery.versions : {}),
			...(packages.available ? { bullmq: packages.found["bullmq"] ?? "" } : {}),
		},
	};
}

function bullmqPeer(redisCommand: string): PeerSetup {
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
			const stillHeld = async (runs: readonly string[]): Promise<number> => {
				const { states = {} } = await ask(driver, { command: "states", runs });
				// Completed jobs of earlier slices are cleaned away, so BullMQ no longer knows them.
				const { completed = 0, unknown = 0, failed = 0 } = states;
				return runs.length - completed - unknown - failed;
			};
			const peer = { name, driver, startWorker, recoveryMs: BULLMQ_RECOVERY_MS, stillHeld };
			return { peer, stop: stopper(redis, driver) };
		},
	};
}

function celeryPeer(python: string, redisCommand: string, acks: "early" | "late"): PeerSetup {
	const name = acks === "early" ? "Celery" : "Celery acks_late";
	return {
		name,
		setup: `prefork 2, prefetch 4, visibility_timeout 15 s, unacked_restore_throttle 1${acks === "late" ? ", reject_on_worker_lost" : ""}`,
		start: async (journalPath) => {
			const redis = await startRedis(redisCommand);
			const env = {
				BENCH_REDIS_URL: redis.url,
				BENCH_JOURNAL: journalPath,
				BENCH_ACKS_LATE: acks === "late" ? "1" : "0",
			};
			const driver = startCeleryDriver(python, env);
			const startWorker = async (): Promise<Child> => startCeleryWorker(python, env);
			const stillHeld = (): Promise<number> => heldByCeleryBroker(redis.url);
			const peer = { name, driver, startWorker, recoveryMs: CELERY_RECOVERY_MS, stillHeld };
			return { peer, stop: stopper(redis, driver) };
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
