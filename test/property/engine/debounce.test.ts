/**
 * Debouncing loses no last input, whatever happens: messages come late, twice, out of order; answers are lost; workers die before or after any
 * call; runs are enqueued again. For every enqueue there is a performance after it of that run, or of one that was enqueued later still.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { WorkerParts } from "../../../shared/engine/worker-parts.ts";
import { debounceWorld } from "../../support/debounce-world.ts";
import { main } from "../../support/engine-world.ts";

const step = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant("enqueue" as const),
			/** One of few, so that runs are enqueued again. */
			run: fc.integer({ min: 0, max: 5 }),
			key: fc.constantFrom("x", "y"),
		}),
	},
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant("pass" as const),
			ms: fc.constantFrom(0, 1, 900, 2_500, 5_000, 5_001, 7_000, 121_000),
		}),
	},
	{
		weight: 6,
		arbitrary: fc.record({
			kind: fc.constant("deliver" as const),
			/** Which of the received messages: the others come back when their visibility is over. */
			left: fc.array(fc.boolean(), { maxLength: 4 }),
			reversed: fc.boolean(),
			/** At which call the worker dies; none is made so often that it always does. */
			diesAt: fc.option(fc.record({ call: fc.integer({ min: 1, max: 8 }), before: fc.boolean() })),
			acknowledged: fc.boolean(),
		}),
	},
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Delivery = Extract<Step, { kind: "deliver" }>;

interface Enqueued {
	readonly run: string;
	readonly key: string;
	readonly sentAt: number;
}

/** The worker's ports, of which one call is its last. */
function dying(world: ReturnType<typeof debounceWorld>, diesAt: Delivery["diesAt"]) {
	const mortal = world.mortalWorker();
	const died = Promise.withResolvers<void>();
	const never = new Promise<never>(() => {});
	let calls = 0;
	function die(): Promise<never> {
		mortal.kill();
		died.resolve();
		return never;
	}
	const point =
		<Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
		async (...args: Args): Promise<Result> => {
			if (mortal.dead) return never;
			const isLast = ++calls === diesAt?.call;
			if (isLast && diesAt.before) return die();
			const result = await call(...args);
			return isLast ? die() : mortal.dead ? never : result;
		};
	const { debounce, store, queue } = { debounce: world.worker.debounce, ...mortal.worker };
	if (debounce === undefined) throw new Error("no debounce store");
	const ports: Partial<WorkerParts> = {
		debounce: { note: point(debounce.note), endWait: point(debounce.endWait) },
		store: {
			...store,
			claimMany: point(store.claimMany),
			settleMany: point(store.settleMany),
			getMany: point(store.getMany),
		},
		queue: { ...queue, sendMany: point(queue.sendMany) },
	};
	return { ports, died: died.promise };
}

async function deliver(world: ReturnType<typeof debounceWorld>, delivery: Delivery): Promise<void> {
	const received = await world.receive();
	const chosen = received.filter((_, index) => delivery.left[index] !== true);
	if (delivery.reversed) chosen.reverse();
	const { ports, died } = dying(world, delivery.diesAt);
	const answer = await Promise.race([world.deliver(chosen, ports), died.then(() => undefined)]);
	if (answer === undefined || !delivery.acknowledged) return;
	const done = chosen.filter(({ messageId }) => !answer.keptMessageIds.includes(messageId));
	await world.queue.remove(
		main,
		done.map(({ receiptHandle }) => receiptHandle),
	);
}

const isLater = (one: Enqueued, other: Enqueued): boolean =>
	one.sentAt > other.sentAt || (one.sentAt === other.sentAt && one.run >= other.run);

it("performs the last one of each key", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(step, { minLength: 4, maxLength: 24 }),
			fc.constantFrom(undefined, 5, 8),
			async (steps, maxSeconds) => {
				const world = debounceWorld(maxSeconds === undefined ? {} : { maxSeconds }, { maxReceiveCount: 1_000 });
				const enqueued: Enqueued[] = [];
				for (const one of steps) {
					if (one.kind === "pass") await world.clock.advance(one.ms);
					else if (one.kind === "deliver") await deliver(world, one);
					else {
						// A run has one input, and so one key.
						const run = `${one.key}${one.run}`;
						enqueued.push({ run, key: one.key, sentAt: world.clock.now() });
						await world.enqueue(run, `text of ${run}`, {}, { document: one.key });
					}
				}
				await world.drain();

				const { works } = world;
				for (const one of enqueued) {
					const satisfied = works.some(
						(work) =>
							work.run === one.run ||
							(work.at >= one.sentAt &&
								enqueued.some((other) => other.run === work.run && other.key === one.key && isLater(other, one))),
					);
					expect(satisfied, `${JSON.stringify(one)} in ${JSON.stringify({ enqueued, works })}`).toBe(true);
				}
				const rows = [...world.store.rows.values()];
				expect(rows.map(({ id }) => id).sort()).toEqual([...new Set(enqueued.map(({ run }) => run))].sort());
				// INV-06, INV-02: nobody ended but by a success of its own, or giving way; and who gave way has not performed since.
				for (const row of rows) {
					expect(["SUCCESS", "SKIPPED"]).toContain(row.state);
					if (row.state === "SKIPPED") expect(works.map(({ run }) => run)).not.toContain(row.id);
				}
				expect(world.letters()).toEqual([]);
			},
		),
		{ numRuns: 400 },
	);
});
