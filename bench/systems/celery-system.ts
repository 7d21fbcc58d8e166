// Celery as a job system: one prefork worker with two processes, prefetch 4, results in Redis, tasks sent one by one
// with delay(), which is the only way Celery has.
import { setTimeout as sleep } from "node:timers/promises";
import { CELERY_FOLDER } from "../setup/celery.ts";
import { type Child, startChild } from "../setup/children.ts";
import { type Redis, startRedis } from "../setup/redis.ts";
import { askLatency, askThroughput } from "./driver-protocol.ts";
import type { JobSystem } from "./job-system.ts";

const WORKER_ARGS = ["-A", "bench_app", "worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-gossip"];

export function startCeleryWorker(python: string, env: NodeJS.ProcessEnv): Child {
	const args = ["-m", "celery", ...WORKER_ARGS, "--without-mingle", "--without-heartbeat"];
	return startChild(python, args, { cwd: CELERY_FOLDER, env: { ...process.env, ...env }, detached: true });
}

export function startCeleryDriver(python: string, env: NodeJS.ProcessEnv): Child {
	return startChild(python, ["driver.py"], { cwd: CELERY_FOLDER, env: { ...process.env, ...env } });
}

export function celerySystem(python: string, redisCommand: string): JobSystem {
	let parts: { redis: Redis; worker: Child; driver: Child } | undefined;
	const driver = (): Child => {
		if (parts === undefined) throw new Error("the Celery system was not started");
		return parts.driver;
	};
	return {
		name: "Celery",
		setup: "prefork, 2 processes, prefetch 4, results in Redis, delay() one by one",
		start: async () => {
			const redis = await startRedis(redisCommand);
			const env = { BENCH_REDIS_URL: redis.url };
			parts = { redis, worker: startCeleryWorker(python, env), driver: startCeleryDriver(python, env) };
			await askThroughput(parts.driver, 200, 1);
		},
		throughput: (count) => askThroughput(driver(), count, 1),
		latency: (count, perSecond) => askLatency(driver(), count, perSecond),
		stop: async () => {
			await parts?.driver.stop();
			await parts?.worker.stop();
			// Celery's pool processes end with their parent, a moment later.
			await sleep(100);
			await parts?.redis.child.stop();
			parts = undefined;
		},
	};
}
