/**
 * Whole runs of a cached job, while the data that they read change: with retries, legs that go on from checkpoints, effects that are kept,
 * redeliveries and workers that die. Whatever happens, a run whose message was delivered after an invalidation had ended is never given what
 * was computed from the data of before.
 */
import { expect, it } from "vitest";
import { invalidateTags } from "../../../shared/engine/cache/invalidate.ts";
import { JobError } from "../../../shared/job/index.ts";
import type { ReceivedMessage } from "../../../shared/ports/queue-operator.ts";
import { engineWorld, main } from "../../support/engine-world.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const runsOfASeed = 40;

async function runSeed(seed: number) {
	const random = createSeededRandom(seed);
	const chance = (probability: number): boolean => random.unit() < probability;
	const some = (most: number): Promise<void> => world.clock.sleep(Math.floor(random.unit() * most));
	const data = [0, 0];
	const known = [0, 0];
	const counts = { hits: 0, performed: 0, deaths: 0, changes: 0 };
	const broken: string[] = [];
	/** Whether a run keeps what it has read by `ctx.once`: a third of them, in every attempt. */
	const keeps = (id: string): boolean => Number(id.slice(1)) % 3 === 0;

	const world = engineWorld(async ({ n }, context) => {
		counts.performed++;
		let read = (context.cursor as { read: number } | undefined)?.read;
		if (read === undefined) {
			await some(2_000);
			const now = async () => data[n] ?? 0;
			read = keeps(context.runId) ? await context.once("read", now) : await now();
		}
		if (chance(0.5)) await context.checkpoint({ read });
		await some(3_000);
		if (chance(0.25)) throw new JobError("database", "not yet");
		if (chance(0.1)) {
			counts.deaths++;
			workers.get(context.runId)?.kill();
			await new Promise(() => {});
		}
		if (chance(0.15)) {
			await world.clock.sleep(57_000);
			await context.checkpoint({ read });
		}
		return { read };
	});
	/** By run: the worker that it was delivered to last. */
	const workers = new Map<string, ReturnType<typeof world.mortalWorker>>();

	async function deliver(received: readonly ReceivedMessage[]): Promise<void> {
		const worker = world.mortalWorker();
		const asked = received.map(({ body }) => JSON.parse(body) as { id: string; input: { n: number } });
		const least = asked.map(({ id, input }) => ({ id, read: known[input.n] ?? 0, row: world.row(id) }));
		for (const { id } of asked) workers.set(id, worker);
		const cache: typeof world.cache = {
			...world.cache,
			fill: async (...fill) => (worker.dead ? new Promise(() => {}) : world.cache.fill(...fill)),
		};
		const { keptMessageIds } = await world.deliver(received, { ...worker.worker, cache });
		for (const { id, read, row } of least) {
			const ended = world.row(id);
			if (row !== undefined || ended?.state !== "SUCCESS" || ended.cachedFrom === undefined) continue;
			counts.hits++;
			const given = JSON.parse(ended.result.kind === "inline" ? ended.result.json : "") as { read: number };
			if (given.read < read)
				broken.push(`${id} was given ${given.read} of ${ended.cachedFrom}, after ${read} was known`);
		}
		if (worker.dead) return;
		const done = received.filter(({ messageId }) => !keptMessageIds.includes(messageId) && !chance(0.05));
		await world.queue.remove(
			main,
			done.map(({ receiptHandle }) => receiptHandle),
		);
	}

	async function change(): Promise<void> {
		counts.changes++;
		const n = Math.floor(random.unit() * 2);
		const value = (data[n] ?? 0) + 1;
		data[n] = value;
		await some(500);
		await invalidateTags({ cache: world.cache, clock: world.clock, catalogue: world.catalogue }, [`n:${n}`]);
		known[n] = Math.max(known[n] ?? 0, value);
	}

	const going: Promise<void>[] = [];
	for (let index = 0; index < runsOfASeed; index++) {
		await world.send({ job: "cached", input: { n: Math.floor(random.unit() * 2) }, id: `r${index}` });
		if (chance(0.2)) going.push(change());
		if (chance(0.7)) going.push(deliver(await world.receive()));
		await some(3_000);
	}
	await Promise.all(going);
	return { broken, counts };
}

it("gives no run what was computed from data of before an invalidation, whatever becomes of the workers", async () => {
	const total = { hits: 0, performed: 0, deaths: 0, changes: 0 };
	for (const seed of seeds) {
		const { broken, counts } = await runSeed(seed);
		expect(broken, `seed ${seed}`).toEqual([]);
		for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
	}
	// It would mean nothing if little happened.
	expect(total.hits).toBeGreaterThan(500);
	expect(total.performed).toBeGreaterThan(500);
	expect(total.deaths).toBeGreaterThan(50);
	expect(total.changes).toBeGreaterThan(200);
});
