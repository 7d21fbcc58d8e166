// The producer of the BullMQ peer: reads one JSON command per line, answers one JSON line. Commands as in
// ../celery/driver.py; `bulk` of throughput is the number of jobs one addBulk call carries (1: one add() per job).
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

const connection = new Redis(process.env.BENCH_REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue("bench", { connection });
const nowMs = () => performance.timeOrigin + performance.now();

async function empty() {
	await queue.clean(0, 1_000_000, "completed");
}

async function settled(count) {
	while ((await queue.getCompletedCount()) < count) await sleep(5);
}

const commands = {
	async throughput({ count, bulk }) {
		await empty();
		const started = performance.now();
		for (let at = 0; at < count; at += bulk) {
			if (bulk === 1) await queue.add("noop", { sent: nowMs() });
			else await queue.addBulk(Array.from({ length: bulk }, () => ({ name: "noop", data: { sent: nowMs() } })));
		}
		const enqueued = performance.now();
		await settled(count);
		return { seconds: (performance.now() - started) / 1000, enqueueSeconds: (enqueued - started) / 1000 };
	},
	async latency({ count, perSecond }) {
		await empty();
		const started = performance.now();
		for (let index = 0; index < count; index += 1) {
			await sleep(Math.max(0, started + ((index + 1) * 1000) / perSecond - performance.now()));
			await queue.add("noop", { sent: nowMs() });
		}
		await settled(count);
		const jobs = await queue.getCompleted(0, count - 1);
		return { latenciesMs: jobs.map((job) => job.returnvalue) };
	},
	async enqueueWork({ runs, milliseconds }) {
		await empty();
		for (const run of runs) await queue.add("work", { run, milliseconds }, { jobId: run });
		return {};
	},
	async states({ runs }) {
		const states = {};
		for (const run of runs) {
			const state = await queue.getJobState(run);
			states[state] = (states[state] ?? 0) + 1;
		}
		return { states };
	},
};

for await (const line of createInterface({ input: process.stdin })) {
	const command = JSON.parse(line);
	console.log(JSON.stringify(await commands[command.command](command)));
}
