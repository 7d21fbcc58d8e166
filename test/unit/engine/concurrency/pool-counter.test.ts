/** One pool's slots in one worker: what happens when they can't be extended, given back or waited for. */
import { describe, expect, it } from "vitest";
import type { SlotStore } from "../../../../shared/ports/slot-store.ts";
import { held, later, nine, poolWorld } from "../../../support/pool-world.ts";

describe("a slot that is held", () => {
	it("is good for 75 s, and for as long again with each beat", async () => {
		const { clock, worker, entries } = poolWorld();
		const counter = worker();
		await held(counter.enter({ run: "a", leg: 1 }));
		expect(entries()[0]?.until).toBe(later(75));
		await clock.advance(20_000);
		await counter.beat();
		expect(entries()[0]?.until).toBe(later(95));
	});

	it("is good for the whole invocation where jobs keep their worker too busy for beats", async () => {
		const { worker, entries } = poolWorld({ blocking: true });
		await held(worker().enter({ run: "a", leg: 1 }));
		expect(entries()[0]?.until).toBe(later(315));
	});

	it("stays until the function's end, and a margin, when its run does not stop", async () => {
		const { worker, entries } = poolWorld();
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		await hold.leave("still-running");
		await hold.leave("ended");
		expect(entries()).toMatchObject([{ run: "a", until: later(315) }]);
	});

	it("stays so although an earlier beat lands late", async () => {
		const { clock, memory, worker, entries } = poolWorld({
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

	it("counts with those of all workers, and not with what is kept for a next leg or has ended", async () => {
		const { clock, worker, performing } = poolWorld({ max: 4 });
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		await held(worker().enter({ run: "b", leg: 1 }));
		await hold.leave("next-leg");
		await held(worker().enter({ run: "c", leg: 1 }));
		await clock.advance(75_000);
		await held(worker().enter({ run: "d", leg: 1 }));
		expect(performing).toEqual([1, 2, 2, 1]);
	});

	it("stays two minutes for its run's next leg, which takes it over, and for nobody else", async () => {
		const { worker, entries, clock } = poolWorld();
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

	it("is kept for that leg although a copy of an earlier message comes and finds nothing to perform", async () => {
		const { worker, entries, clock } = poolWorld();
		const hold = await held(worker().enter({ run: "a", leg: 2 }));
		await hold.leave("next-leg");
		await clock.advance(10_000);
		const copy = await held(worker().enter({ run: "a", leg: 2 }));
		await copy.leave("not-claimed");
		expect(entries()).toMatchObject([{ run: "a", until: later(120), kept: true }]);
	});

	it("is kept no longer because of copies, however many come, and however late", async () => {
		const { worker, entries, clock } = poolWorld();
		await (await held(worker().enter({ run: "a", leg: 1 }))).leave("next-leg");
		for (const seconds of [60, 50]) {
			await clock.advance(seconds * 1_000);
			const counter = worker();
			const copy = await held(counter.enter({ run: "a", leg: 2 }));
			void counter.beat();
			await copy.leave("not-claimed");
		}
		expect(entries()).toMatchObject([{ run: "a", until: later(120), kept: true }]);
		await clock.advance(10_000);
		await held(worker().enter({ run: "b", leg: 1 }));
	});

	it("is kept for longer than that rather than not at all, where it can't be put back", async () => {
		const { worker, entries, clock, memory, failures } = poolWorld({
			store: { take: (pool, slots) => (slots.holders[0]?.kept ? refuse() : memory.take(pool, slots)) },
		});
		const refuse = () => Promise.reject(new Error("no answer"));
		await (await held(worker().enter({ run: "a", leg: 1 }))).leave("next-leg");
		await clock.advance(60_000);
		await (await held(worker().enter({ run: "a", leg: 2 }))).leave("not-claimed");
		expect(failures).toEqual(["no answer"]);
		expect(entries()).toMatchObject([{ run: "a", until: later(135), kept: true }]);
	});

	it.each(["not-claimed", "unused"] as const)(
		"is free when it was nobody's before, or its run has ended: %s",
		async (how) => {
			const { worker, entries } = poolWorld();
			const first = await held(worker().enter({ run: "a", leg: how === "unused" ? 2 : 1 }));
			if (how === "unused") await first.leave("next-leg");
			const hold = how === "unused" ? await held(worker().enter({ run: "a", leg: 2 })) : first;
			await hold.leave(how);
			expect(entries()).toEqual([]);
		},
	);

	it("is somebody else's when its holder is silent, and the holder is told with its next beat", async () => {
		const { clock, worker, entries } = poolWorld();
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
		const { clock, worker } = poolWorld({ store: { extend: () => new Promise(() => {}) } });
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
		const { clock, memory, worker, entries } = poolWorld({
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
		const { clock, worker, entries } = poolWorld();
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		clock.jumpTo(later(70));
		expect(await hold.confirm()).toBe(true);
		expect(entries()[0]?.until).toBe(later(145));
	});
});

describe("a call that fails", () => {
	it("gives back what a lost answer may have taken, and lets its runs be delivered again", async () => {
		const { memory, failures, entries } = poolWorld();
		const lossy: SlotStore = {
			...memory,
			async take(pool, slots) {
				await memory.take(pool, slots);
				throw new Error("the answer was lost");
			},
		};
		const counter = poolWorld({ store: lossy }).worker();
		await expect(counter.enter({ run: "a", leg: 1 })).rejects.toThrow("the answer was lost");
		expect(memory.calls.release).toBe(1);
		expect(entries()).toEqual([]);
		expect(failures).toEqual([]);
	});

	it("is told of, and nothing else, when a slot can't be given back", async () => {
		const { clock, failures, worker } = poolWorld({ store: { release: () => Promise.reject(new Error("throttled")) } });
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		const left = hold.leave("ended");
		await clock.advance(10);
		await left;
		expect(failures).toEqual(["throttled"]);
	});
});

describe("who finds the pool full", () => {
	it("gets the slot of a neighbour in the batch as soon as that is free, without the store", async () => {
		const { worker, memory } = poolWorld();
		const counter = worker();
		const first = await held(counter.enter({ run: "a", leg: 1 }));
		const second = counter.enter({ run: "b", leg: 1 });
		await Promise.resolve();
		await first.leave("ended");
		await held(second);
		expect(memory.calls).toMatchObject({ release: 0 });
	});

	it("waits for a neighbour until half of the function's time is over, then comes back by the queue", async () => {
		const { clock, worker } = poolWorld();
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
		const { clock, worker } = poolWorld();
		const hold = await held(worker().enter({ run: "a", leg: 1 }));
		const other = worker().enter({ run: "b", leg: 1 });
		await clock.advance(500);
		void hold.leave("ended");
		await clock.advance(1_000);
		await held(other);
	});

	it("is given a time of its own, one after another, where slots get free late", async () => {
		const { clock, worker, memory } = poolWorld({ max: 2 });
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
		const { clock, worker, memory } = poolWorld();
		await memory.note("p", 10_000);
		await held(worker().enter({ run: "a", leg: 1 }));
		const early = worker().enter({ run: "b", leg: 1, line: { until: later(500), times: 1 } });
		await clock.advance(3_000);
		expect(await early).toEqual({ entered: false, comeBackAt: later(500) });
		expect(memory.calls.lineUp).toBe(0);
	});

	it("comes back more and more rarely when it is turned away again and again", async () => {
		const { clock, worker } = poolWorld();
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
		const { clock, worker } = poolWorld();
		await held(worker().enter({ run: "a", leg: 1 }));
		const same = worker().enter({ run: "a", leg: 1 });
		await clock.advance(2_500);
		expect(await same).toEqual({ entered: false, comeBackAt: later(76) });
	});
});
