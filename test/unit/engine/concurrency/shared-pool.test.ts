/** A pool that several lanes share. */
import { describe, expect, it } from "vitest";
import { held, later, poolWorld } from "../../../support/pool-world.ts";

describe("a pool that lanes share", () => {
	const shared = { shared: true } as const;

	it("leaves a slot to the lane that waits, before its own neighbour", async () => {
		const { clock, worker, entries } = poolWorld(shared);
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
		const { clock, worker, entries, memory } = poolWorld(shared);
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
		const { clock, worker, memory, entries } = poolWorld(shared);
		const hold = await held(worker("bulk").enter({ run: "b", leg: 1 }));
		await memory.call("p", "default", { since: later(1), until: later(9) });
		await memory.call("p", "critical", { since: later(0), until: later(9) });
		await clock.advance(1_500);
		await hold.leave("ended");
		expect(entries()).toMatchObject([{ offeredTo: "critical" }]);
	});

	it("does not take back what it has left, by a beat that lands late", async () => {
		const slow = poolWorld({
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
		const lossy = poolWorld({
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
		const { clock, worker, memory, entries } = poolWorld(shared);
		const hold = await held(worker("bulk").enter({ run: "b", leg: 1 }));
		await memory.call("p", "critical", { since: later(0), until: later(1) });
		await clock.advance(1_500);
		const left = hold.leave("ended");
		await clock.advance(10);
		await left;
		expect(entries()).toEqual([]);
	});

	it("lets anybody have what was left to a lane that did not come", async () => {
		const { clock, worker, memory } = poolWorld(shared);
		const hold = await held(worker("bulk").enter({ run: "b", leg: 1 }));
		await memory.call("p", "critical", { since: later(0), until: later(9) });
		await clock.advance(1_500);
		await hold.leave("ended");
		const other = worker("default").enter({ run: "d", leg: 1 });
		await clock.advance(1_000);
		await held(other);
	});

	it("says that somebody waits for as long as somebody does", async () => {
		const { clock, worker, memory } = poolWorld(shared);
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
