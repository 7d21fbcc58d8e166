// The BullMQ worker of the bench: one process, concurrency and lock given by the environment. Prints "ready" once it
// is connected. Processes the two jobs every peer has: `noop` (answers the enqueue-to-start latency) and `work` (sleeps
// between two lines of the journal).
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "bullmq";
import { Redis } from "ioredis";

const connection = new Redis(process.env.BENCH_REDIS_URL, { maxRetriesPerRequest: null });
const journal = process.env.BENCH_JOURNAL ? openSync(process.env.BENCH_JOURNAL, "a") : undefined;
const nowMs = () => performance.timeOrigin + performance.now();
let performances = 0;

async function work({ run, milliseconds }) {
	const performanceId = `${process.pid}-${performances++}`;
	const write = (event) => {
		const line = { event, run, performance: performanceId, pid: process.pid, atMs: nowMs() };
		writeSync(journal, `${JSON.stringify(line)}\n`);
	};
	write("begin");
	await sleep(milliseconds);
	write("end");
	return performanceId;
}

const lockMs = Number(process.env.BENCH_LOCK_MS ?? 30_000);
const worker = new Worker("bench", async (job) => (job.name === "work" ? work(job.data) : nowMs() - job.data.sent), {
	connection,
	concurrency: Number(process.env.BENCH_CONCURRENCY ?? 2),
	lockDuration: lockMs,
	stalledInterval: lockMs,
	maxStalledCount: 100,
});
worker.on("error", (error) => console.error(error.message));
await worker.waitUntilReady();
console.log("ready");
