/** What every limit store keeps, whatever it is made of. Run on memory and on each emulator by limit-store.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { epochMs } from "../../shared/kernel/time.ts";
import type { LimitStore, TakeTickets, Timetable } from "../../shared/ports/limit-store.ts";

export interface LimitStoreWorld {
	readonly store: LimitStore;
	stop(): Promise<void>;
}

/** 2026-11-20T09:00:00.000Z */
const nine = epochMs(1_795_165_200_000);
const ask = (count: number, more: Partial<TakeTickets> = {}): TakeTickets => ({
	count,
	now: nine,
	seenAtMax: nine,
	...more,
});
const timetable = (revision: number, more: Partial<Timetable> = {}): Timetable => ({
	revision,
	epoch: 1,
	from: 0,
	base: nine,
	// A third of a second is no short decimal: it must come back as it went.
	pace: { intervalMs: 1000 / 3, windowMs: 3000 },
	declared: { intervalMs: 1000 / 15, windowMs: 100 },
	setAt: nine,
	beginsAt: nine,
	...more,
});
const unused = { taken: 0, seenAt: 0 };

export function describeLimitStore(name: string, start: () => Promise<LimitStoreWorld>): void {
	describe(`limit store on ${name}`, () => {
		let world: LimitStoreWorld;
		let store: LimitStore;
		beforeAll(async () => {
			world = await start();
			store = world.store;
		});
		afterAll(async () => {
			await world.stop();
		});

		it("counts tickets, each limiter by itself", async () => {
			expect(await store.look("counted")).toEqual(unused);
			expect(await store.take("counted", ask(3))).toEqual({ taken: true, state: { taken: 3, seenAt: nine } });
			expect(await store.take("counted", ask(7))).toEqual({ taken: true, state: { taken: 10, seenAt: nine } });
			expect(await store.take("counted#key", ask(1, { idleSecondsMax: 60 }))).toEqual({
				taken: true,
				state: { taken: 1, seenAt: nine },
			});
			expect(await store.look("counted")).toEqual({ taken: 10, seenAt: nine });
		});

		it("gives no ticket out twice, however many take at once", async () => {
			const answers = await Promise.all(Array.from({ length: 40 }, () => store.take("contended", ask(5))));
			const ends = answers.map(({ state }) => state.taken).sort((one, other) => one - other);
			expect(ends).toEqual(Array.from({ length: 40 }, (_, index) => (index + 1) * 5));
		});

		it("gives none to a worker whose clock is behind, and tells it the time", async () => {
			await store.take("clocks", ask(1, { now: epochMs(nine + 5_000), seenAtMax: epochMs(nine + 5_200) }));
			expect(await store.take("clocks", ask(1, { seenAtMax: epochMs(nine + 4_999) }))).toEqual({
				taken: false,
				state: { taken: 1, seenAt: nine + 5_000 },
			});
			expect(await store.take("clocks", ask(1, { seenAtMax: epochMs(nine + 5_000) }))).toMatchObject({ taken: true });
		});

		it("keeps the first of two timetables made from the same one, and shows it to the other", async () => {
			await store.take("planned", ask(4));
			const first = await store.plan("planned", { revision: 0, timetable: timetable(1) });
			expect(first).toEqual({ taken: 4, seenAt: nine, timetable: timetable(1) });
			expect(await store.plan("planned", { revision: 0, timetable: timetable(1, { from: 4 }) })).toEqual(first);
			const second = await store.plan("planned", { revision: 1, timetable: timetable(2, { from: 4 }) });
			expect(second.timetable).toEqual(timetable(2, { from: 4 }));
			expect((await store.take("planned", ask(1))).state).toEqual({ ...second, taken: 5 });
		});

		it("keeps a timetable when more tickets were taken than the new one may have seen", async () => {
			await store.take("overtaken", ask(4));
			await store.plan("overtaken", { revision: 0, timetable: timetable(1) });
			const refused = await store.plan("overtaken", { revision: 1, takenMax: 3, timetable: timetable(2) });
			expect(refused.timetable).toEqual(timetable(1));
			const made = await store.plan("overtaken", { revision: 1, takenMax: 4, timetable: timetable(2) });
			expect(made.timetable).toEqual(timetable(2));
		});

		it("keeps an override until it is taken back, also on a limiter that was never used", async () => {
			const set = { kind: "set", count: 50, periodSeconds: 1, burst: 10 } as const;
			expect(await store.override("overridden", set)).toEqual({ ...unused, override: set });
			expect((await store.take("overridden", ask(1))).state).toEqual({ taken: 1, seenAt: nine, override: set });
			const half = { kind: "factor", factor: 0.5 } as const;
			expect((await store.override("overridden", half)).override).toEqual(half);
			expect(await store.override("overridden", undefined)).toEqual({ taken: 1, seenAt: nine });
		});
	});
}
