/**
 * Looks, fills and invalidations of many workers in every order, with clocks that are off, requests that take effect long after they were
 * given up, and versions that are forgotten. Whatever happens: a look that begins after an invalidation has ended is never given a result
 * that was computed from what the data were before, nor one whose period is over.
 */
import { expect, it } from "vitest";
import * as z from "zod/mini";
import { fillCache } from "../../../shared/engine/cache/fill-cache.ts";
import { clearInput, clearJob, invalidateTags } from "../../../shared/engine/cache/invalidate.ts";
import { lookUp } from "../../../shared/engine/cache/look-up.ts";
import type { Carried } from "../../../shared/engine/next-messages.ts";
import type { Scene } from "../../../shared/engine/scene.ts";
import { defineJob, defineQueueClass } from "../../../shared/job/index.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { type EpochMs, epochMs } from "../../../shared/kernel/time.ts";
import type { SettledRun } from "../../../shared/ports/job-store.ts";
import type { CacheQuestion, ResultCache } from "../../../shared/ports/result-cache.ts";
import { createMemoryResultCache } from "../../support/memory-result-cache.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { createTelemetryRecorder } from "../../support/telemetry-recorder.ts";

const seeds = Array.from({ length: 400 }, (_, seed) => seed);
const periodSeconds = 600;
const skewMsMax = 15_000;
const day = 86_400_000;
/** Runs and changes of one order. */
const operations = 80;

const job = defineJob({
	name: "metrics",
	description: "d",
	queueClass: defineQueueClass({ name: "quick", promise: "p" }),
	input: z.strictObject({ n: z.int() }),
	output: z.unknown(),
	resultCache: { seconds: periodSeconds, tags: ["n:{input.n}", "all"] },
});
const inputs = [0, 1];
const callOf = (n: number) => ({ sent: { n }, input: { n }, tenant: undefined });

/** What an implementation returns: what the data were, and when it ended by the true clock. */
interface Computed {
	readonly data: number;
	readonly endedAt: number;
}

async function runSeed(seed: number) {
	const random = createSeededRandom(seed);
	const below = (limit: number): number => Math.floor(random.unit() * limit);
	const memory = createMemoryResultCache();
	const broken: string[] = [];
	const counts = { hits: 0, misses: 0, forgotten: 0 };
	/** Whether versions grow old. */
	const forgets = seed % 2 === 0;
	let now = 1_795_165_200_000;

	/** Everything that goes on waits here for its turn. */
	const waiting: (() => void)[] = [];
	const turn = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
	/** All that follows up to the next turns is promises. */
	const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
	const turns = async (most: number): Promise<void> => {
		for (let left = below(most + 1); left > 0; left--) await turn();
	};

	/** An entry and each version are read at instants of their own; a write may take effect again, long after it was answered. */
	const cache: ResultCache = {
		async lookMany(questions) {
			return Promise.all(questions.map(lookApart));
		},
		async fill(key, entry) {
			await turns(3);
			await memory.fill(key, entry);
			if (below(8) === 0) void turns(40).then(() => memory.fill(key, entry));
			await turns(2);
		},
		async renew(tags, at, expiresAt) {
			for (const tag of tags) {
				await turns(3);
				await memory.renew([tag], at, expiresAt);
				if (below(4) === 0) void turns(40).then(() => memory.renew([tag], at, expiresAt));
			}
			await turns(2);
		},
	};
	async function lookApart({ key, tags }: CacheQuestion) {
		const look = async (question: CacheQuestion) => {
			await turns(4);
			return (await memory.lookMany([question]))[0];
		};
		const [found, ...known] = await Promise.all([
			look({ key, tags: [] }),
			...tags.map((tag) => look({ key: "", tags: [tag] })),
		]);
		const entry = found?.entry;
		return { ...(entry === undefined ? {} : { entry }), versions: known.map((answer) => answer?.versions[0]) };
	}

	const clockOf = () => {
		const skewMs = Math.round((random.unit() * 2 - 1) * skewMsMax);
		return { now: (): EpochMs => epochMs(now + skewMs), sleep: async () => {} };
	};

	const data = inputs.map(() => 0);
	/** What the data were at least when the latest invalidation that has ended was begun. */
	const known = inputs.map(() => 0);

	async function change(): Promise<void> {
		const affected = below(2) === 0 ? inputs : [below(inputs.length)];
		const changed = affected.map((n) => {
			data[n] = (data[n] ?? 0) + 1;
			return { n, value: data[n] };
		});
		await turns(3);
		const parts = { cache, clock: clockOf(), catalogue: { jobs: [job] } };
		if (affected.length > 1) {
			if (below(2) === 0) await invalidateTags(parts, ["all"]);
			else await clearJob(parts, job);
		} else {
			const [n = 0] = affected;
			if (below(2) === 0) await invalidateTags(parts, [`n:${n}`]);
			else await clearInput(parts, job, { n }, undefined);
		}
		for (const { n, value } of changed) known[n] = Math.max(known[n] ?? 0, value);
	}

	async function run(index: number): Promise<void> {
		const n = below(inputs.length);
		const id = runId(`r-${index}`);
		const clock = clockOf();
		const telemetry = createTelemetryRecorder();
		const calls = { look: async (question: CacheQuestion) => (await cache.lookMany([question]))[0] };
		const scene = { parts: { cache, clock, telemetry }, calls } as unknown as Scene;
		const carried = { job, queueClass: "quick", runId: id, message: { v: 1, job: job.name } } as Carried;
		const least = known[n] ?? 0;
		const look = await lookUp(scene, carried, callOf(n), true);
		if (look?.hit !== undefined) {
			counts.hits++;
			const { result, from } = look.hit;
			const given = JSON.parse(result.kind === "inline" ? result.json : "") as Computed;
			if (given.data < least) broken.push(`${id} was given data ${given.data} of ${from}, after ${least} was known`);
			if (now > given.endedAt + periodSeconds * 1000 + 2 * skewMsMax) broken.push(`${id} was given what was over`);
			return;
		}
		counts.misses++;
		await turns(6);
		const computed: Computed = { data: data[n] ?? 0, endedAt: 0 };
		await turns(12);
		const json = JSON.stringify({ ...computed, endedAt: now });
		const record = {
			id,
			job: job.name,
			attempts: 1,
			state: "SUCCESS",
			endedAt: clock.now(),
			result: { kind: "inline", json },
		};
		await fillCache(scene, carried, record as SettledRun, look?.place);
		if (telemetry.named("cache.failed").length > 0) broken.push(`${id} could not fill`);
	}

	const going: Promise<void>[] = [];
	for (let index = 0; index < operations || waiting.length > 0; index++) {
		if (index < operations) going.push(below(6) === 0 ? change() : run(index));
		await settled();
		for (let steps = below(forgets ? 12 : 60); steps > 0 && waiting.length > 0; steps--) {
			waiting.splice(below(waiting.length), 1)[0]?.();
			await settled();
		}
		now += below(10_000);
		if (below(40) === 0) now += periodSeconds * 1000;
		if (!forgets) continue;
		// To shortly before the versions are forgotten that there are now, or shortly after.
		if (below(12) === 0) now += 30 * day + (below(2) === 0 ? 60_000 : -below(200_000));
		counts.forgotten += memory.forget(epochMs(now));
	}
	await Promise.all(going);
	return { broken, ...counts };
}

it("is never given what was computed from data of before an invalidation, in any of 400 orders", async () => {
	const total = { hits: 0, misses: 0, forgotten: 0 };
	for (const seed of seeds) {
		const { broken, hits, misses, forgotten } = await runSeed(seed);
		expect(broken, `seed ${seed}`).toEqual([]);
		total.hits += hits;
		total.misses += misses;
		total.forgotten += forgotten;
	}
	// It would mean nothing if nobody was given anything.
	expect(total.hits).toBeGreaterThan(2_000);
	expect(total.misses).toBeGreaterThan(2_000);
	expect(total.forgotten).toBeGreaterThan(200);
});
