/** What every sweep store keeps, whatever it is made of. Run on memory and on each emulator by sweep-store.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fence, runId } from "../../shared/kernel/ids.ts";
import { epochMs, plusMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import type { SweepStore } from "../../shared/ports/sweep-store.ts";
import { claim, firstClaim, nine } from "./job-store/cases.ts";

export interface SweepStoreWorld {
	/** A new, empty table: its jobs and what the sweeper remembers. */
	open(clock: Clock): Promise<{ readonly jobs: JobStore; readonly sweeps: SweepStore }>;
	stop(): Promise<void>;
}

const clock: Clock = { now: () => nine, sleep: () => Promise.resolve() };
const suspicion = { at: nine, fingerprint: "P#f-1 1795165260000" };

export function describeSweepStore(name: string, start: () => Promise<SweepStoreWorld>): void {
	describe(`sweep store on ${name}`, () => {
		let world: SweepStoreWorld;
		let jobs: JobStore;
		let sweeps: SweepStore;

		beforeAll(async () => {
			world = await start();
		});
		afterAll(async () => {
			await world.stop();
		});
		beforeEach(async () => {
			({ jobs, sweeps } = await world.open(clock));
		});

		/** Everything from nine o'clock until `until`, page by page. */
		async function allStarted(until: number, limit: number): Promise<readonly (readonly string[])[]> {
			const pages: string[][] = [];
			for (let after = sweeps.placeAt(nine), more = true; more; ) {
				const page = await sweeps.started({ after, until: epochMs(until), limit });
				expect(page.place > after || !page.more).toBe(true);
				if (page.ids.length > 0) pages.push([...page.ids].sort());
				({ place: after, more } = page);
			}
			return pages;
		}
		const start16 = async (): Promise<void> => {
			await jobs.claimMany(names(0, 16).map((id, nth) => firstClaim(id, { startedAt: plusMs(nine, nth) })));
		};
		const names = (from: number, to: number): readonly string[] =>
			Array.from({ length: to - from }, (_, at) => `run-${String(from + at).padStart(2, "0")}`);

		it("has no place at first, and moves it forwards only", async () => {
			expect(await sweeps.place()).toBeUndefined();
			const [early, late] = [sweeps.placeAt(nine), sweeps.placeAt(plusMs(nine, 1))];
			await sweeps.moveTo(late);
			await sweeps.moveTo(early);
			expect(await sweeps.place()).toBe(late);
			expect(sweeps.instantOf(late)).toBe(plusMs(nine, 1));
		});

		it("tells all runs of a span once, however small the pages", async () => {
			await start16();
			for (const limit of [1, 20, 100]) {
				const pages = await allStarted(plusMs(nine, 16), limit);
				expect(pages.flat().sort()).toEqual(names(0, 16));
			}
		});

		it("tells runs from the place's instant on, and none of the end's", async () => {
			await start16();
			const page = await sweeps.started({ after: sweeps.placeAt(plusMs(nine, 3)), until: plusMs(nine, 7), limit: 100 });
			expect([...page.ids].sort()).toEqual(names(3, 7));
			expect(page).toMatchObject({ place: sweeps.placeAt(plusMs(nine, 7)), more: false });
			expect((await sweeps.started({ after: page.place, until: plusMs(nine, 8), limit: 100 })).ids).toEqual(["run-07"]);
		});

		it("goes on over midnight, and over days on which nothing started", async () => {
			const days = [0, 86_400, 4 * 86_400];
			for (const seconds of days) {
				await claim(jobs, firstClaim(`after-${seconds}`, { startedAt: plusSeconds(nine, seconds) }));
			}
			const pages = await allStarted(plusSeconds(nine, 5 * 86_400), 100);
			expect(pages.flat().sort()).toEqual(["after-0", "after-345600", "after-86400"]);
		});

		it("has nothing to tell of a span that ends where it begins", async () => {
			await start16();
			const after = sweeps.placeAt(plusMs(nine, 5));
			expect(await sweeps.started({ after, until: plusMs(nine, 5), limit: 10 })).toEqual({
				ids: [],
				place: after,
				more: false,
			});
		});

		it("gives back what it watches when its time has come, earliest first, with what was suspected", async () => {
			await sweeps.watch([
				{ id: runId("late"), lookAt: plusMs(nine, 3) },
				{ id: runId("second"), lookAt: plusMs(nine, 2), suspicion },
				{ id: runId("first"), lookAt: plusMs(nine, 1) },
			]);
			expect(await sweeps.due({ until: nine, limit: 10 })).toEqual({ runs: [] });
			expect(await sweeps.due({ until: plusMs(nine, 2), limit: 10 })).toEqual({
				runs: [{ id: "first" }, { id: "second", suspicion }],
			});
		});

		it("keeps the latest wish about a run, and forgets what it is to forget", async () => {
			await sweeps.watch([{ id: runId("a"), lookAt: nine, suspicion }]);
			await sweeps.watch([{ id: runId("a"), lookAt: plusMs(nine, 5) }]);
			expect(await sweeps.due({ until: nine, limit: 10 })).toEqual({ runs: [] });
			expect(await sweeps.due({ until: plusMs(nine, 5), limit: 10 })).toEqual({ runs: [{ id: "a" }] });
			await sweeps.unwatch([runId("a"), runId("never watched")]);
			expect(await sweeps.due({ until: plusMs(nine, 5), limit: 10 })).toEqual({ runs: [] });
		});

		it("gives back more than a page holds in pages, each run once, whatever is written in between", async () => {
			const ids = Array.from({ length: 60 }, (_, nth) => `w-${nth}`);
			await sweeps.watch(ids.map((id, nth) => ({ id: runId(id), lookAt: plusMs(nine, nth % 7) })));
			const seen: string[] = [];
			let after: string | undefined;
			do {
				const page = await sweeps.due({
					until: plusMs(nine, 10),
					limit: 25,
					...(after === undefined ? {} : { after }),
				});
				seen.push(...page.runs.map(({ id }) => id));
				await sweeps.watch(page.runs.map(({ id }) => ({ id, lookAt: plusMs(nine, 100) })));
				after = page.next;
			} while (after !== undefined);
			expect(seen.sort()).toEqual([...ids].sort());
		});

		it("leaves runs, their listing and their names alone", async () => {
			await claim(jobs, firstClaim("place", { fence: fence("f") }));
			await sweeps.moveTo(sweeps.placeAt(nine));
			await sweeps.watch([{ id: runId("place"), lookAt: nine }]);
			expect((await jobs.getMany([runId("place")]))[0]).toMatchObject({ id: "place", state: "STARTED" });
			expect((await jobs.listRecent({ limit: 5 })).map(({ id }) => id)).toEqual(["place"]);
			await sweeps.unwatch([runId("place")]);
			expect(await sweeps.place()).toBe(sweeps.placeAt(nine));
			expect((await jobs.getMany([runId("place")]))[0]).toMatchObject({ id: "place", state: "STARTED" });
		});
	});
}
