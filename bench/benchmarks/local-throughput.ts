// Background jobs on one machine, end to end: from the first enqueue to the last settled run, and from the enqueue of
// one job to its first line, on the local stack, Celery and BullMQ, in alternating rounds. Budget: twice Celery.
import { atLeast, type BenchContext, type Benchmark, type Measure, measure } from "../document.ts";
import { alternate } from "../measure/rounds.ts";
import { percentile, ratios, summarize } from "../measure/statistics.ts";
import { ensureCelery } from "../setup/celery.ts";
import { ensurePeerPackages } from "../setup/peer-packages.ts";
import { findRedis } from "../setup/redis.ts";
import { bullmqSystem } from "../systems/bullmq-system.ts";
import { celerySystem } from "../systems/celery-system.ts";
import type { JobSystem, Throughput } from "../systems/job-system.ts";
import { MILLRACE, MILLRACE_SINGLY, millraceSystems } from "../systems/millrace-system.ts";

const JOBS_PER_ROUND = 3_000;
/** Nobody is measured half compiled: the code that Node runs gets three times as fast over its first thousands of calls. */
const WARM_UP_JOBS = 6_000;
const BULK = 100;
const LATENCY_JOBS = 100;
const LATENCY_PER_SECOND = 20;

async function run(context: BenchContext) {
	const { peers, missing, versions } = await findPeers();
	const ours = millraceSystems(BULK);
	const systems = [...ours, ...peers];
	try {
		for (const system of systems) {
			context.progress(`starting ${system.name}`);
			await system.start();
			await system.throughput(WARM_UP_JOBS);
		}
		const throughput = await alternate(
			systems.map((system) => ({ name: system.name, measure: () => system.throughput(JOBS_PER_ROUND) })),
			context.rounds,
			(message) => context.progress(`throughput, ${message}`),
		);
		// Enqueueing one by one is the only way there is here, so our two forms are one.
		const latency = await alternate(
			systems
				.filter(({ name }) => name !== MILLRACE_SINGLY)
				.map(({ name, latency }) => ({ name, measure: () => latency(LATENCY_JOBS, LATENCY_PER_SECOND) })),
			context.rounds,
			(message) => context.progress(`latency, ${message}`),
		);
		const jobsOf = (name: string): readonly number[] =>
			(throughput.get(name) ?? []).map(({ jobsPerSecond }: Throughput) => jobsPerSecond);
		const measures = systems.flatMap(({ name }): Measure[] => {
			const enqueued = (throughput.get(name) ?? []).map((one) => one.enqueuedPerSecond);
			return [
				measure(name, "end to end", "jobs/s", summarize(jobsOf(name))),
				measure(name, "enqueued", "jobs/s", summarize(enqueued)),
			];
		});
		for (const [name, rounds] of latency) {
			for (const [label, share] of [
				["p50", 0.5],
				["p99", 0.99],
			] as const) {
				const sample = summarize(rounds.map((latenciesMs) => percentile(latenciesMs, share)));
				measures.push(measure(name, `enqueue to start, ${label}`, "ms", sample));
			}
		}
		const against = peers.map(({ name }) => ({ name, limit: name === "Celery" ? 2 : undefined }));
		return {
			measures: [
				...measures,
				...against.map(({ name }) =>
					measure(MILLRACE, `end to end, times ${name}`, "x", ratios(jobsOf(MILLRACE), jobsOf(name))),
				),
				...against.map(({ name }) =>
					measure(MILLRACE_SINGLY, `end to end, times ${name}`, "x", ratios(jobsOf(MILLRACE_SINGLY), jobsOf(name))),
				),
			],
			verdicts: against.flatMap(({ name, limit }) =>
				limit === undefined
					? []
					: [atLeast(`end to end, times ${name}`, ratios(jobsOf(MILLRACE), jobsOf(name)), limit, " x")],
			),
			versions,
			missing,
			notes: [
				...systems.map(({ name, setup }) => `${name}: ${setup}`),
				`${JOBS_PER_ROUND} no-op jobs per round; latency: ${LATENCY_JOBS} jobs per round at ${LATENCY_PER_SECOND} a second`,
				"nothing is persisted on any side: Redis without RDB and AOF, emulators in memory",
				"ours keeps state, attempts, result and listing of every run; Celery keeps results; BullMQ keeps completed jobs",
			],
		};
	} finally {
		for (const system of systems) await system.stop();
	}
}

interface Peers {
	readonly peers: readonly JobSystem[];
	readonly missing: readonly string[];
	readonly versions: Readonly<Record<string, string>>;
}

async function findPeers(): Promise<Peers> {
	const redis = await findRedis();
	if (!redis.available) return { peers: [], missing: [redis.missing], versions: {} };
	const celery = await ensureCelery();
	const packages = await ensurePeerPackages();
	const peers: JobSystem[] = [];
	if (celery.available) peers.push(celerySystem(celery.found, redis.found));
	if (packages.available) {
		peers.push(bullmqSystem(redis.found, { concurrency: 2, bulk: 1 }));
		peers.push(bullmqSystem(redis.found, { concurrency: 50, bulk: 100 }));
	}
	return {
		peers,
		missing: [...(celery.available ? [] : [celery.missing]), ...(packages.available ? [] : [packages.missing])],
		versions: {
			...redis.versions,
			...(celery.available ? celery.versions : {}),
			...(packages.available
				? { bullmq: packages.found["bullmq"] ?? "", ioredis: packages.found["ioredis"] ?? "" }
				: {}),
		},
	};
}

export const localThroughput: Benchmark = {
	name: "local-throughput",
	title: "local jobs per second and enqueue-to-start latency against Celery and BullMQ",
	run,
};
