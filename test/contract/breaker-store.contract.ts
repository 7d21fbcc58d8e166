/** What every breaker store keeps, whatever it is made of. Run on memory and on each emulator by breaker-store.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { epochMs } from "../../shared/kernel/time.ts";
import type { BreakerStore, OpenCircuit } from "../../shared/ports/breaker-store.ts";

export interface BreakerStoreWorld {
	readonly store: BreakerStore;
	stop(): Promise<void>;
}

/** 2026-11-20T09:00:00.000Z */
const nine = epochMs(1_795_165_200_000);
const failed = (window: number, failures: number, successes = 0) => ({ window, failures, successes });
const open = (revision: number, more: Partial<OpenCircuit> = {}): OpenCircuit => ({
	open: true,
	revision,
	since: nine,
	because: "ApiError: 503 “we’ll be back”",
	openSeconds: 30,
	nextProbeAt: epochMs(nine + 30_000),
	probes: 1,
	probing: false,
	...more,
});

export function describeBreakerStore(name: string, start: () => Promise<BreakerStoreWorld>): void {
	describe(`breaker store on ${name}`, () => {
		let world: BreakerStoreWorld;
		let store: BreakerStore;
		beforeAll(async () => {
			world = await start();
			store = world.store;
		});
		afterAll(async () => {
			await world.stop();
		});

		it("counts within a window, each class by itself", async () => {
			expect(await store.look("counted")).toEqual({ counts: failed(0, 0) });
			expect(await store.report("counted", failed(7, 3, 2))).toEqual({ counts: failed(7, 3, 2) });
			expect(await store.report("counted", failed(7, 1))).toEqual({ counts: failed(7, 4, 2) });
			expect(await store.report("other", failed(7, 1))).toEqual({ counts: failed(7, 1) });
			expect(await store.look("counted")).toEqual({ counts: failed(7, 4, 2) });
		});

		it("begins anew with a later window, and counts what comes late towards it", async () => {
			await store.report("windows", failed(7, 30, 2));
			expect(await store.report("windows", failed(9, 1))).toEqual({ counts: failed(9, 1) });
			expect(await store.report("windows", failed(7, 2, 5))).toEqual({ counts: failed(9, 3, 5) });
		});

		it("loses no report, however many come at once, also at the turn of a window", async () => {
			await store.report("contended", failed(1, 99));
			const answers = await Promise.all(Array.from({ length: 40 }, () => store.report("contended", failed(2, 5, 1))));
			expect(answers.map(({ counts }) => counts.failures).sort((one, other) => one - other)).toEqual(
				Array.from({ length: 40 }, (_, index) => (index + 1) * 5),
			);
			expect((await store.look("contended")).counts).toEqual(failed(2, 200, 40));
		});

		it("makes one of two changes from the same state, shows it to the other, and counts anew", async () => {
			await store.report("changed", failed(3, 20, 4));
			const first = await store.change("changed", open(1));
			expect(first).toEqual({ changed: true, state: { counts: failed(3, 0), circuit: open(1) } });
			expect(await store.change("changed", open(1, { openSeconds: 60 }))).toEqual({ ...first, changed: false });
			const closed = { open: false, revision: 2, since: epochMs(nine + 31_000), openSeconds: 30 } as const;
			await store.report("changed", failed(3, 1));
			expect(await store.change("changed", closed)).toEqual({
				changed: true,
				state: { counts: failed(3, 0), circuit: closed },
			});
			expect(await store.report("changed", failed(3, 1))).toEqual({ counts: failed(3, 1), circuit: closed });
		});

		it("changes one that has counted nothing, as an operator does", async () => {
			expect(await store.change("fresh", open(1))).toEqual({
				changed: true,
				state: { counts: failed(0, 0), circuit: open(1) },
			});
			expect(await store.report("fresh", failed(5, 2))).toEqual({ counts: failed(5, 2), circuit: open(1) });
		});

		it("takes one probe of the many who want it at once", async () => {
			await store.change("probed", open(1));
			const answers = await Promise.all(
				Array.from({ length: 20 }, (_, worker) => store.change("probed", open(2, { because: `worker ${worker}` }))),
			);
			const winners = answers.filter(({ changed }) => changed);
			expect(winners).toHaveLength(1);
			for (const { state } of answers) expect(state).toEqual(winners[0]?.state);
		});
	});
}
