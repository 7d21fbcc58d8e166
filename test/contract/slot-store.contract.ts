/** What every slot store keeps, whatever it is made of. Run on memory and on each emulator by slot-store.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { epochMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { SlotHolder, SlotStore, TakeSlots } from "../../shared/ports/slot-store.ts";

export interface SlotStoreWorld {
	readonly store: SlotStore;
	stop(): Promise<void>;
}

const nine = epochMs(Date.parse("2026-11-20T09:00:00Z"));
const holder = (token: string, more: Partial<SlotHolder> = {}): SlotHolder => ({
	token,
	run: `run-of.${token}:1`,
	since: nine,
	until: plusSeconds(nine, 75),
	...more,
});
const take = (max: number, ...holders: readonly SlotHolder[]): TakeSlots => ({
	holders,
	lane: "standard",
	over: [],
	max,
	expiresAt: plusSeconds(nine, 86_400),
});

export function describeSlotStore(name: string, start: () => Promise<SlotStoreWorld>): void {
	describe(`slot store on ${name}`, () => {
		let world: SlotStoreWorld;
		let store: SlotStore;
		let pools = 0;
		let pool = "";
		beforeAll(async () => {
			world = await start();
			store = world.store;
		});
		afterAll(async () => {
			await world.stop();
		});
		beforeEach(() => {
			pool = `pool-${++pools}#käy "1"`;
		});
		const tokens = async (): Promise<readonly string[]> =>
			(await store.look(pool)).holders.map(({ token }) => token).sort();

		it("knows nothing of a pool that was never used", async () => {
			expect(await store.look(pool)).toEqual({ holders: [], lanes: {} });
		});

		it("takes several slots at once and tells who holds them", async () => {
			const { taken, state } = await store.take(pool, take(2, holder("a"), holder("b")));
			expect(taken).toBe(true);
			expect(state.holders).toEqual([holder("a"), holder("b")]);
			expect(await store.look(pool)).toEqual(state);
		});

		it("tells of the oldest first", async () => {
			await store.take(pool, take(3, holder("a"), holder("b")));
			await store.take(pool, take(3, holder("c", { since: plusSeconds(nine, -1) })));
			expect((await store.look(pool)).holders.map(({ token }) => token)).toEqual(["c", "a", "b"]);
		});

		it("takes all or none, and a refusal tells what stands there", async () => {
			await store.take(pool, take(2, holder("a")));
			const refused = await store.take(pool, take(2, holder("b"), holder("c")));
			expect(refused).toEqual({ taken: false, state: { holders: [holder("a")], lanes: {} } });
			expect(await tokens()).toEqual(["a"]);
			expect((await store.take(pool, take(2, holder("b")))).taken).toBe(true);
		});

		it("takes a slot once when the same call comes twice", async () => {
			await store.take(pool, take(1, holder("a")));
			const again = await store.take(pool, take(1, holder("a")));
			expect(again).toEqual({ taken: true, state: { holders: [holder("a")], lanes: {} } });
			await store.release(pool, ["a"], undefined);
			expect((await store.take(pool, take(1, holder("b")))).taken).toBe(true);
		});

		it("never gives out more than there are when many ask at once", async () => {
			const asked = Array.from({ length: 12 }, (_, index) => store.take(pool, take(3, holder(`t${index}`))));
			const taken = (await Promise.all(asked)).filter((result) => result.taken);
			expect(taken).toHaveLength(3);
			expect(await tokens()).toHaveLength(3);
		});

		it("takes a slot over from one who stands there exactly as was seen", async () => {
			await store.take(pool, take(2, holder("a"), holder("b")));
			const over = [holder("a")];
			expect((await store.take(pool, { ...take(2, holder("c")), over })).taken).toBe(true);
			expect(await tokens()).toEqual(["b", "c"]);
			expect((await store.take(pool, take(2, holder("d")))).taken).toBe(false);
		});

		it.each([
			["has been extended", holder("a", { until: plusSeconds(nine, 95) })],
			["is kept for the next leg", holder("a", { kept: true })],
		])("takes nothing over from one who %s meanwhile", async (_, changed) => {
			await store.take(pool, take(1, holder("a")));
			await store.extend(pool, [changed]);
			const refused = await store.take(pool, { ...take(1, holder("b")), over: [holder("a")] });
			expect(refused).toEqual({ taken: false, state: { holders: [changed], lanes: {} } });
		});

		it("takes nothing over from one who has gone meanwhile", async () => {
			await store.take(pool, take(1, holder("a")));
			await store.release(pool, ["a"], undefined);
			expect((await store.take(pool, { ...take(1, holder("b")), over: [holder("a")] })).taken).toBe(false);
			expect(await tokens()).toEqual([]);
		});

		it("extends those that are still there, and says which", async () => {
			await store.take(pool, take(3, holder("a"), holder("b")));
			await store.release(pool, ["b"], undefined);
			const until = plusSeconds(nine, 95);
			const extended = await store.extend(pool, [holder("a", { until }), holder("b", { until })]);
			expect([...extended]).toEqual(["a"]);
			expect((await store.look(pool)).holders).toEqual([holder("a", { until })]);
			expect([...(await store.extend(pool, [holder("c")]))]).toEqual([]);
		});

		it("leaves a later end as it is: an extension may be long on its way", async () => {
			const [ends, earlier, later] = [plusSeconds(nine, 95), plusSeconds(nine, 94), plusSeconds(nine, 115)];
			await store.take(
				pool,
				take(3, holder("a", { until: ends }), holder("b", { until: ends, kept: true }), holder("c")),
			);
			await store.release(pool, ["c"], undefined);
			const extended = await store.extend(pool, [
				holder("a", { until: later }),
				holder("b", { until: earlier }),
				holder("c", { until: later }),
			]);
			expect([...extended].sort()).toEqual(["a", "b"]);
			expect((await store.look(pool)).holders).toEqual([
				holder("a", { until: later }),
				holder("b", { until: ends, kept: true }),
			]);
		});

		it("releases those that are there, twice as well as once, and notes the average", async () => {
			await store.take(pool, take(3, holder("a"), holder("b"), holder("c")));
			await store.release(pool, ["a", "b"], 1_234);
			await store.release(pool, ["b", "c"], 99);
			await store.release(pool, ["c"], 7);
			expect(await store.look(pool)).toEqual({ holders: [], holdMs: 99, lanes: {} });
			expect((await store.take(pool, take(3, holder("d"), holder("e"), holder("f")))).taken).toBe(true);
			expect((await store.take(pool, take(3, holder("g")))).taken).toBe(false);
		});

		it("notes an average on its own", async () => {
			await store.note(pool, 400.4);
			expect(Math.round((await store.look(pool)).holdMs ?? 0)).toBe(400);
		});

		it("makes a line longer from where it ends, or from the given instant when that is later", async () => {
			const lane = "bulk";
			expect(await store.lineUp(pool, { lane, from: nine, lengthMs: 1_000 })).toBe(nine + 1_000);
			expect(await store.lineUp(pool, { lane, from: nine, lengthMs: 500 })).toBe(nine + 1_500);
			expect(await store.lineUp(pool, { lane: "critical", from: nine, lengthMs: 100 })).toBe(nine + 100);
			expect(await store.lineUp(pool, { lane, from: plusSeconds(nine, 9), lengthMs: 500 })).toBe(nine + 9_500);
			expect((await store.look(pool)).lanes).toEqual({
				bulk: { lineEnd: nine + 9_500 },
				critical: { lineEnd: nine + 100 },
			});
		});

		it("gives each of many who line up at once a place of their own", async () => {
			const ends = await Promise.all(
				Array.from({ length: 6 }, () => store.lineUp(pool, { lane: "standard", from: nine, lengthMs: 100 })),
			);
			expect(ends.sort()).toEqual([100, 200, 300, 400, 500, 600].map((ms) => nine + ms));
		});

		const call = { since: nine, until: plusSeconds(nine, 5) };
		it("remembers who calls for a slot, until it takes one or lines up", async () => {
			await store.call(pool, "standard", call);
			await store.call(pool, "bulk", call);
			await store.call(pool, "bulk", { ...call, until: plusSeconds(nine, 9) });
			expect((await store.look(pool)).lanes).toEqual({
				standard: { call },
				bulk: { call: { since: nine, until: plusSeconds(nine, 9) } },
			});
			await store.take(pool, take(1, holder("a")));
			expect(Object.keys((await store.look(pool)).lanes)).toEqual(["bulk"]);
			await store.lineUp(pool, { lane: "bulk", from: nine, lengthMs: 100 });
			expect((await store.look(pool)).lanes).toEqual({ bulk: { lineEnd: nine + 100 } });
			await store.call(pool, "bulk", call);
			await store.lineUp(pool, { lane: "bulk", from: nine, lengthMs: 100 });
			expect((await store.look(pool)).lanes).toEqual({ bulk: { lineEnd: nine + 200 } });
		});

		it("leaves a slot to a lane that calls, which may take it over", async () => {
			await store.take(pool, take(1, holder("a")));
			await store.call(pool, "bulk", call);
			const offered = { ...holder("a"), until: plusSeconds(nine, 2), offeredTo: "bulk" };
			expect(await store.offer(pool, offered)).toBe("left");
			// Its answer was lost, and it is asked again.
			expect(await store.offer(pool, offered)).toBe("left");
			const state = { holders: [{ ...offered, run: "" }], lanes: {} };
			expect(await store.look(pool)).toEqual(state);
			const refused = await store.take(pool, take(1, holder("b")));
			expect(refused).toEqual({ taken: false, state });
			expect((await store.take(pool, { ...take(1, holder("b")), over: state.holders })).taken).toBe(true);
			expect(await tokens()).toEqual(["b"]);
			expect(await store.offer(pool, offered)).toBe("gone");
		});

		it("leaves a slot to nobody when the lane does not call any more, or the entry is gone", async () => {
			await store.take(pool, take(1, holder("a")));
			expect(await store.offer(pool, { ...holder("a"), offeredTo: "bulk" })).toBe("not-called");
			await store.call(pool, "bulk", call);
			expect(await store.offer(pool, { ...holder("b"), offeredTo: "bulk" })).toBe("gone");
			expect(await store.look(pool)).toEqual({ holders: [holder("a")], lanes: { bulk: { call } } });
		});

		it("keeps pools apart", async () => {
			await store.take(pool, take(1, holder("a")));
			expect((await store.take(`${pool}.other`, take(1, holder("b")))).taken).toBe(true);
		});

		it("takes 50 slots in one call, over 50 that have ended", async () => {
			const many = (letter: string) => Array.from({ length: 50 }, (_, index) => holder(`${letter}${index}`));
			expect((await store.take(pool, take(50, ...many("a")))).taken).toBe(true);
			expect((await store.take(pool, { ...take(50, ...many("b")), over: many("a") })).taken).toBe(true);
			expect((await store.extend(pool, many("b"))).size).toBe(50);
			await store.release(
				pool,
				many("b").map(({ token }) => token),
				5,
			);
			expect(await tokens()).toEqual([]);
		});
	});
}
