/** One pool's slots in one worker: what happens when they can't be extended, given back or waited for. */
import { describe, expect, it } from "vitest";
import type { Entry, Hold } from "../../../../shared/engine/concurrency/entry.ts";
import { createPoolCounter } from "../../../../shared/engine/concurrency/pool-counter.ts";
import { epochMs, plusSeconds } from "../../../../shared/kernel/time.ts";
import type { SlotStore } from "../../../../shared/ports/slot-store.ts";
import { createMemorySlotStore } from "../../../support/memory-slot-store.ts";
import { createSeededRandom } from "../../../support/seeded-random.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";

const nine = epochMs(Date.parse("2026-11-20T09:00:00Z"));
const later = (seconds: number) => plusSeconds(nine, seconds);

function world(over: { max?: number; blocking?: boolean; shared?: boolean; store?: Partial<SlotStore> } = {}) {
	const clock = createVirtualClock({ start: nine });
	const memory = createMemorySlotStore();
	const failures: string[] = [];
	const random = createSeededRandom();
	const pool = {
		id: "p",
		max: over.max ?? 1,
		whenBusy: "wait",
		keptBetweenLegs: true,
		blocking: over.blocking ?? false,
		shared: over.shared ?? false,
	} as const;
	const worker = (lane = "standard") =>
		createPoolCounter(
			{ ...pool, lane },
			{
				store: { ...memory, ...over.store },
				clock,
				token: random.token,
				invocationEndsAt: later(300),
				waitHereUntil: later(150),
				failed: ({ message }) => failures.push(message),
			},
		);
	const entries = () => memory.pools.get("p")?.holders ?? [];
	return { clock, memory, failures, worker, entries };
}

async function held(entry: Promise<Entry>): Promise<Hold> {
	const answer = await entry;
	if (!answer.entered) throw new Error("found no slot");
	return answer.hold;
}

describe("a slot that is held", () => {
	it("is good for 75 s, and for as long again with each beat", async () => {
		const { clock, worker, entries } = world();
		const counter = worker();
		await held(counter.enter({ run: "a", leg: 1 }));
		expect(entries()[0]?.until).toBe(later(75));
		await clock.advance(20_000);
		await counter.beat();
		expect(entries()[0]?.until).toBe(later(95));
	});

	it("is good for the whole invocation where jobs keep their worker too busy for beats", async () => {
		const { worker, entries } = world({ blocking: true });
		await held(worker().enter({ run: "a", leg: 1 }));
		expect(entries()[0]?.until).toBe(later(315));
	});

	it("stays until the function's end, and a margin, when its run does not stop", async () => {
		const { worker, entries } = world();
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		await hold.leave("still-running");
		await hold.leave("ended");
		expect(entries()).toMatchObject([{ run: "a", until: later(315) }]);
	});

	it("stays so although an earlier beat lands late", async () => {
		const { clock, memory, worker, entries } = world({
			store: {
				async extend(pool, holders) {
					if (holders.some(({ until }) => until < later(300))) await clock.sleep(5_000);
					return memory.extend(pool, holders);
				},
			},
		});
		const counter = worker();
		const hold = await held(counter.enter({ run: "a", leg: 1 }));
		void counter.beat();
		void hold.leave("still-running");
		await clock.advance(6_000);
		expect(entries()).toMatchObject([{ run: "a", until: later(315) }]);
	});

	it("stays two minutes for its run's next leg, which takes it over, and for nobody else", async () => {
		const { worker, entries, clock } = world();
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		await hold.leave("next-leg");
		expect(entries()).toMatchObject([{ run: "a", until: later(120), kept: true }]);
		const other = worker().enter({ run: "b", leg: 2 });
		await clock.advance(3_000);
		expect(await other).toMatchObject({ entered: false });
		await held(worker().enter({ run: "a", leg: 2 }));
		expect(entries()).toHaveLength(1);
		expect(entries()[0]?.kept).toBeUndefined();
	});

	it("is somebody else's when its holder is silent, and the holder is told with its next beat", async () => {
		const { clock, worker, entries } = world();
		const counter = worker();
		const hold = await held(counter.enter({ run: "a", leg: 1 }));
		let lost = false;
		hold.listen(() => {
			lost = true;
		});
		await clock.advance(76_000);
		await held(worker().enter({ run: "b", leg: 1 }));
		expect(lost).toBe(false);
		await counter.beat();
		expect(lost).toBe(true);
		expect(await hold.confirm()).toBe(false);
		await hold.leave("ended");
		expect(entries()).toMatchObject([{ run: "b" }]);
	});

	it("counts as lost before anybody else may take it, when it can't be extended", async () => {
		const { clock, worker } = world({ store: { extend: () => new Promise(() => {}) } });
		const counter = worker();
		const hold = await held(counter.enter({ run: "a", leg: 1 }));
		let lostAt = 0;
		hold.listen(() => {
			lostAt = clock.now();
		});
		for (let beat = 0; beat < 4; beat++) {
			await clock.advance(20_000);
			void counter.beat();
		}
		expect(lostAt).toBe(later(60));
		expect(await hold.confirm()).toBe(false);
	});

	it("keeps its later end when an earlier beat lands late, in the store and here", async () => {
		let beats = 0;
		const { clock, memory, worker, entries } = world({
			store: {
				async extend(pool, holders) {
					if (beats++ === 0) await clock.sleep(90_000);
					return memory.extend(pool, holders);
				},
			},
		});
		const counter = worker();
		const hold = await held(counter.enter({ run: "a", leg: 1 }));
		let lost = false;
		hold.listen(() => {
			lost = true;
		});
		for (let beat = 1; beat <= 5; beat++) {
			await clock.advance(20_000);
			void counter.beat();
		}
		await clock.advance(11_000);
		// The first one, of 20 s, has landed at 110 s, after the fifth.
		expect(entries()).toMatchObject([{ run: "a", until: later(175) }]);
		await clock.advance(40_000);
		expect(lost).toBe(false);
		expect(await hold.confirm()).toBe(true);
		expect(beats).toBe(5);
	});

	it("is confirmed by one more extension when it may have lapsed while its worker was frozen", async () => {
		const { clock, worker, entries } = world();
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		clock.jumpTo(later(70));
		expect(await hold.confirm()).toBe(true);
		expect(entries()[0]?.until).toBe(later(145));
	});
});

describe("a pool that lanes share", () => {
	const shared = { shared: true } as const;

	it("leaves a slot to the lane that waits, before its own neighbour", async () => {
		const { clock, worker, entries } = world(shared);
		const bulk = worker("bulk");
		const first = await held(bulk.enter({ run: "b1", leg: 1 }));
		const second = bulk.enter({ run: "b2", leg: 1 });
		await clock.advance(500);
		const urgent = worker("critical").enter({ run: "c1", leg: 1 });
		await clock.advance(600);
		await first.leave("ended");
		expect(entries()).toMatchObject([{ offeredTo: "critical" }]);
		await clock.advance(300);
		const hold = await held(urgent);
		await clock.advance(100);
		expect(entries()).toMatchObject([{ run: "c1" }]);
		// And back, to the neighbour that has stayed.
		await hold.leave("ended");
		await clock.advance(300);
		await held(second);
		expect(entries()).toMatchObject([{ run: "b2" }]);
	});

	it("keeps a slot for a second while a lane has runs for it", async () => {
		const { clock, worker, entries, memory } = world(shared);
		const bulk = worker("bulk");
		const first = await held(bulk.enter({ run: "b1", leg: 1 }));
		const second = bulk.enter({ run: "b2", leg: 1 });
		void worker("critical").enter({ run: "c1", leg: 1 });
		await clock.advance(900);
		await first.leave("ended");
		await held(second);
		expect(entries()).toMatchObject([{ run: "b1" }]);
		expect(memory.calls.offer).toBe(0);
	});

	it("leaves slots to lanes in turn, those that have waited longest first", async () => {
		const { clock, worker, memory, entries } = world(shared);
		const hold = await held(worker("bulk").enter({ run: "b", leg: 1 }));
		await memory.call("p", "default", { since: later(1), until: later(9) });
		await memory.call("p", "critical", { since: later(0), until: later(9) });
		await clock.advance(1_500);
		await hold.leave("ended");
		expect(entries()).toMatchObject([{ offeredTo: "critical" }]);
	});

	it("does not take back what it has left, by a beat that lands late", async () => {
		const slow = world({
			...shared,
			store: {
				async extend(pool, holders) {
					await slow.clock.sleep(5_000);
					return slow.memory.extend(pool, holders);
				},
			},
		});
		const { clock, worker, memory, entries } = slow;
		const bulk = worker("bulk");
		const hold = await held(bulk.enter({ run: "b", leg: 1 }));
		await memory.call("p", "critical", { since: later(0), until: later(20) });
		await clock.advance(1_500);
		void bulk.beat();
		void hold.leave("ended");
		await clock.advance(5_000);
		expect(entries()).toMatchObject([{ offeredTo: "critical" }]);
		await bulk.beat();
		expect(entries()).toMatchObject([{ offeredTo: "critical" }]);
	});

	it.each([
		["when the answer was lost", "lost"],
		["when the lane has taken it before the answer came", "gone"],
	] as const)("hands a slot on to nobody %s, because another lane may have it", async (_, how) => {
		const lossy = world({
			...shared,
			store: {
				async offer(pool, holder) {
					await lossy.memory.offer(pool, holder);
					const over = lossy.memory.pools.get(pool)?.holders ?? [];
					const c = { token: "c", run: "c", since: later(1), until: later(80) };
					await lossy.memory.take(pool, { holders: [c], lane: "critical", over, max: 1, expiresAt: later(99) });
					if (how === "lost") throw new Error("the answer was lost");
					return lossy.memory.offer(pool, holder);
				},
			},
		});
		const { clock, worker, memory } = lossy;
		const bulk = worker("bulk");
		const hold = await held(bulk.enter({ run: "b1", leg: 1 }));
		let entered = false;
		void bulk.enter({ run: "b2", leg: 1 }).then((entry) => {
			entered = entry.entered;
		});
		await memory.call("p", "critical", { since: later(0), until: later(9) });
		await clock.advance(1_500);
		void hold.leave("ended");
		await clock.advance(0);
		expect(entered).toBe(false);
		expect(memory.pools.get("p")?.holders.map(({ run }) => run)).toEqual(["c"]);
	});

	it("gives a slot back where the lane that waited calls no more", async () => {
		const { clock, worker, memory, entries } = world(shared);
		const hold = await held(worker("bulk").enter({ run: "b", leg: 1 }));
		await memory.call("p", "critical", { since: later(0), until: later(1) });
		await clock.advance(1_500);
		const left = hold.leave("ended");
		await clock.advance(10);
		await left;
		expect(entries()).toEqual([]);
	});

	it("lets anybody have what was left to a lane that did not come", async () => {
		const { clock, worker, memory } = world(shared);
		const hold = await held(worker("bulk").enter({ run: "b", leg: 1 }));
		await memory.call("p", "critical", { since: later(0), until: later(9) });
		await clock.advance(1_500);
		await hold.leave("ended");
		const other = worker("default").enter({ run: "d", leg: 1 });
		await clock.advance(1_000);
		await held(other);
	});

	it("says that somebody waits for as long as somebody does", async () => {
		const { clock, worker, memory } = world(shared);
		await memory.note("p", 8_000);
		await held(worker("bulk").enter({ run: "b", leg: 1 }));
		void worker("critical").enter({ run: "c", leg: 1 });
		await clock.advance(0);
		expect(memory.pools.get("p")?.lanes).toEqual({ critical: { call: { since: later(0), until: later(5) } } });
		await clock.advance(4_000);
		expect(memory.pools.get("p")?.lanes["critical"]?.call).toEqual({ since: later(0), until: later(9) });
		await clock.advance(10_000);
		expect(memory.pools.get("p")?.lanes["critical"]?.call).toBeUndefined();
	});
});

describe("a call that fails", () => {
	it("gives back what a lost answer may have taken, and lets its runs be delivered again", async () => {
		const { memory, failures, entries } = world();
		const lossy: SlotStore = {
			...memory,
			async take(pool, slots) {
				await memory.take(pool, slots);
				throw new Error("the answer was lost");
			},
		};
		const counter = world({ store: lossy }).worker();
		await expect(counter.enter({ run: "a", leg: 1 })).rejects.toThrow("the answer was lost");
		expect(memory.calls.release).toBe(1);
		expect(entries()).toEqual([]);
		expect(failures).toEqual([]);
	});

	it("is told of, and nothing else, when a slot can't be given back", async () => {
		const { clock, failures, worker } = world({ store: { release: () => Promise.reject(new Error("throttled")) } });
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		const left = hold.leave("ended");
		await clock.advance(10);
		await left;
		expect(failures).toEqual(["throttled"]);
	});
});

describe("who finds the pool full", () => {
	it("gets the slot of a neighbour in the batch as soon as that is free, without the store", async () => {
		const { worker, memory } = world();
		const counter = worker();
		const first = await held(counter.enter({ run: "a", leg: 1 }));
		const second = counter.enter({ run: "b", leg: 1 });
		await Promise.resolve();
		await first.leave("ended");
		await held(second);
		expect(memory.calls).toMatchObject({ release: 0 });
	});

	it("waits for a neighbour until half of the function's time is over, then comes back by the queue", async () => {
		const { clock, worker } = world();
		const counter = worker();
		await held(counter.enter({ run: "a", leg: 1 }));
		const second = counter.enter({ run: "b", leg: 1 });
		let answered = false;
		void second.then(() => {
			answered = true;
		});
		for (let seconds = 0; seconds < 140; seconds += 20) {
			await clock.advance(20_000);
			await counter.beat();
		}
		expect(answered).toBe(false);
		await clock.advance(11_000);
		expect(await second).toMatchObject({ entered: false });
	});

	it("waits a moment where slots get free soon, and takes the one that does", async () => {
		const { clock, worker } = world();
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		const other = worker().enter({ run: "b", leg: 1 });
		await clock.advance(500);
		void hold.leave("ended");
		await clock.advance(1_000);
		await held(other);
	});

	it("is given a time of its own, one after another, where slots get free late", async () => {
		const { clock, worker, memory } = world({ max: 2 });
		await memory.note("p", 10_000);
		await held(worker().enter({ run: "a", leg: 1 }));
		await held(worker().enter({ run: "b", leg: 1 }));
		const others = ["c", "d", "e"].map((run) => worker().enter({ run, leg: 1 }));
		await clock.advance(0);
		const times = (await Promise.all(others)).map((entry) => ("comeBackAt" in entry ? entry.comeBackAt - nine : 0));
		// A slot gets free every 5 s, and they come a tenth sooner.
		expect(times).toEqual([4_500, 9_000, 13_500]);
	});

	it("keeps its time when it comes back before it, as after the longest delay of the queue", async () => {
		const { clock, worker, memory } = world();
		await memory.note("p", 10_000);
		await held(worker().enter({ run: "a", leg: 1 }));
		const early = worker().enter({ run: "b", leg: 1, line: { until: later(500), times: 1 } });
		await clock.advance(3_000);
		expect(await early).toEqual({ entered: false, comeBackAt: later(500) });
		expect(memory.calls.lineUp).toBe(0);
	});

	it("comes back more and more rarely when it is turned away again and again", async () => {
		const { clock, worker } = world();
		await held(worker().enter({ run: "a", leg: 1 }));
		const waits: number[] = [];
		for (const times of [1, 2, 4, 9]) {
			const from = clock.now();
			const entry = worker().enter({ run: "b", leg: 1, line: { until: from, times } });
			await clock.advance(2_500);
			const answer = await entry;
			waits.push("comeBackAt" in answer ? answer.comeBackAt - from - 2_500 : 0);
		}
		expect(waits[0]).toBeGreaterThanOrEqual(2_000);
		expect(waits[1]).toBeGreaterThanOrEqual(4_000);
		expect(waits[2]).toBeGreaterThanOrEqual(16_000);
		expect(waits[3]).toBeGreaterThanOrEqual(32_000);
		expect(waits[3]).toBeLessThan(60_000);
	});

	it("comes back just after its own run's entry ends, which another attempt has left", async () => {
		const { clock, worker } = world();
		await held(worker().enter({ run: "a", leg: 1 }));
		const same = worker().enter({ run: "a", leg: 1 });
		await clock.advance(2_500);
		expect(await same).toEqual({ entered: false, comeBackAt: later(76) });
	});
});
