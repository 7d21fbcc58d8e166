/**
 * Ten thousand runs that are each to wait some time from nothing to forty days, on a clock that a test moves. The scheduler fires late, early
 * and twice, loses answers and refuses; SQS delivers twice. Each run performs once, none before its time, and each asks for it only once.
 */
import { expect, it } from "vitest";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { type EpochMs, plusMs, toIso } from "../../shared/kernel/time.ts";
import type { Scheduler } from "../../shared/ports/scheduler.ts";
import { engineWorld, main } from "../support/engine-world.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const RUNS = 10_000;
const day = 86_400_000;

it("performs 10,000 runs delayed by 0 to 40 days once each, none early", async () => {
	const random = createSeededRandom(40);
	const chance = (probability: number): boolean => random.unit() < probability;
	const startedAt = new Map<string, EpochMs>();
	const begun: string[] = [];
	const world = engineWorld(
		async (_, { runId }) => {
			begun.push(runId);
			startedAt.set(runId, world.clock.now());
		},
		{ scheduler: true },
	);
	/** When each schedule fires, soonest last. */
	const fires: { readonly name: string; readonly at: EpochMs }[] = [];
	let asked = 0;
	const scheduler: Pick<Scheduler, "schedule"> = {
		async schedule(message) {
			asked++;
			if (chance(0.02)) throw new MillraceError("schedule-failed", "throttled");
			if (!world.scheduler.waiting.has(message.name)) {
				fires.push({
					name: message.name,
					at: plusMs(message.at, chance(0.05) ? -random.unit() * 60_000 : random.unit() * 60_000),
				});
				fires.sort((one, other) => other.at - one.at);
			}
			await world.scheduler.schedule(message);
			if (chance(0.02)) throw new MillraceError("schedule-failed", "its answer was lost");
		},
	};

	const wanted = new Map<string, EpochMs>();
	const sentAt = world.clock.now();
	for (let n = 0; n < RUNS; n++) {
		const id = `r-${n}`;
		wanted.set(id, plusMs(sentAt, Math.floor(random.unit() * 40 * day)));
		const body = { job: "work", input: { n }, id, notBefore: toIso(wanted.get(id) ?? sentAt) };
		await world.send(...(chance(0.02) ? [body, body] : [body]));
	}

	async function work(): Promise<void> {
		for (;;) {
			const received = await world.receive();
			if (received.length === 0) return;
			const { keptMessageIds } = await world.deliver(received, { scheduler });
			const done = received.filter(({ messageId }) => !keptMessageIds.includes(messageId) && !chance(0.01));
			await world.queue.remove(
				main,
				done.map(({ receiptHandle }) => receiptHandle),
			);
		}
	}
	await work();
	for (;;) {
		const next = Math.min(
			fires.at(-1)?.at ?? Number.POSITIVE_INFINITY,
			...world.queue.messages(main).map(({ visibleAt }) => visibleAt),
		);
		if (next === Number.POSITIVE_INFINITY) break;
		if (next > world.clock.now()) await world.clock.advance(next - world.clock.now());
		while ((fires.at(-1)?.at ?? Number.POSITIVE_INFINITY) <= world.clock.now()) {
			const name = fires.pop()?.name ?? "";
			if (chance(0.05)) await world.scheduler.fire(name, { again: true });
			await world.scheduler.fire(name);
		}
		await work();
	}

	expect(world.scheduler.waiting.size).toBe(0);
	expect(begun).toHaveLength(RUNS);
	expect(startedAt.size).toBe(RUNS);
	const lateMs = [...wanted].map(([id, start]) => (startedAt.get(id) ?? Number.NaN) - start);
	expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
	// A minute by the scheduler, and moments by the queue.
	expect(Math.max(...lateMs)).toBeLessThan(62_000);
	expect(world.letters()).toEqual([]);
	expect(asked / RUNS).toBeLessThan(1.1);
});
