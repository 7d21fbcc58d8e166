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
			expect(await store.look(pool)).toEqual({ holders: [] });
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
			expect(refused).toEqual({ taken: false, state: { holders: [holder("a")] } });
			expect(await tokens()).toEqual(["a"]);
			expect((await store.take(pool, take(2, holder("b")))).taken).toBe(true);
		});

		it("takes a slot once when the same call comes twice", async () => {
			await store.take(pool, take(1, holder("a")));
			const again = await store.take(pool, take(1, holder("a")));
			expect(again).toEqual({ taken: true, state: { holders: [holder("a")] } });
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
			expect(refused).toEqual({ taken: false, state: { holders: [changed] } });
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

		it("releases those that are there, twice as well as once, and notes the average", async () => {
			await store.take(pool, take(3, holder("a"), holder("b"), holder("c")));
			await store.release(pool, ["a", "b"], 1_234);
			await store.release(pool, ["b", "c"], 99);
			await store.release(pool, ["c"], 7);
			expect(await store.look(pool)).toEqual({ holders: [], holdMs: 99 });
			expect((await store.take(pool, take(3, holder("d"), holder("e"), holder("f")))).taken).toBe(true);
			expect((await store.take(pool, take(3, holder("g")))).taken).toBe(false);
		});

		it("notes an average on its own", async () => {
			await store.note(pool, 400.4);
			expect(Math.round((await store.look(pool)).holdMs ?? 0)).toBe(400);
		});

		it("makes a line longer from where it ends, or from the given instant when that is later", async () => {
			expect(await store.lineUp(pool, { from: nine, lengthMs: 1_000 })).toBe(nine + 1_000);
			expect(await store.lineUp(pool, { from: nine, lengthMs: 500 })).toBe(nine + 1_500);
			expect(await store.lineUp(pool, { from: plusSeconds(nine, 9), lengthMs: 500 })).toBe(nine + 9_500);
			expect((await store.look(pool)).lineEnd).toBe(nine + 9_500);
		});

		it("gives each of many who line up at once a place of their own", async () => {
			const ends = await Promise.all(
				Array.from({ length: 6 }, () => store.lineUp(pool, { from: nine, lengthMs: 100 })),
			);
			expect(ends.sort()).toEqual([100, 200, 300, 400, 500, 600].map((ms) => nine + ms));
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
