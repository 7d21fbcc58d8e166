// BullMQ as a job system, in two forms: the plain one (concurrency 2, one add() per job) and its fastest here
// (concurrency 50, addBulk of 100).
import { join } from "node:path";
import { type Child, startChild } from "../setup/children.ts";
import { PEERS_FOLDER } from "../setup/paths.ts";
import { type Redis, startRedis } from "../setup/redis.ts";
import { askLatency, askThroughput } from "./driver-protocol.ts";
import type { JobSystem } from "./job-system.ts";

const FOLDER = join(PEERS_FOLDER, "bullmq");

export async function startBullmqWorker(env: NodeJS.ProcessEnv): Promise<Child> {
	const options = { cwd: FOLDER, env: { ...process.env, ...env }, detached: true };
	const worker = startChild(process.execPath, ["worker.mjs"], options);
	await worker.nextLine();
	return worker;
}

export function startBullmqDriver(env: NodeJS.ProcessEnv): Child {
	return startChild(process.execPath, ["driver.mjs"], { cwd: FOLDER, env: { ...process.env, ...env } });
}

export function bullmqSystem(redisCommand: string, form: { concurrency: number; bulk: number }): JobSystem {
	let parts: { redis: Redis; worker: Child; driver: Child } | undefined;
	const driver = (): Child => {
		if (parts === undefined) throw new Error("the BullMQ system was not started");
		return parts.driver;
	};
	const enqueued = form.bulk === 1 ? "add() one by one" : `addBulk of ${form.bulk}`;
	return {
		name: form.bulk === 1 ? "BullMQ" : "BullMQ bulk",
		setup: `1 process, concurrency ${form.concurrency}, completed jobs kept, ${enqueued}`,
		start: async () => {
			const redis = await startRedis(redisCommand);
			const env = { BENCH_REDIS_URL: redis.url, BENCH_CONCURRENCY: String(form.concurrency) };
			parts = { redis, worker: await startBullmqWorker(env), driver: startBullmqDriver(env) };
			await askThroughput(parts.driver, 200, form.bulk);
		},
		throughput: (count) => askThroughput(driver(), count, form.bulk),
		latency: (count, perSecond) => askLatency(driver(), count, perSecond),
		stop: async () => {
			await parts?.driver.stop();
			await parts?.worker.stop();
			await parts?.redis.child.stop();
			parts = undefined;
		},
	};
}
