/** The simulation itself: thousands of worlds hold every promise, a seed replays alike, and what was ever found stays found. */
import { describe, expect, it } from "vitest";
import { findings } from "./findings.ts";
import { mutants } from "./mutants/mutants.ts";
import { patchOf } from "./mutants/patch.ts";
import { rareHistories } from "./rare-histories.ts";
import { runSeed } from "./run-seed.ts";
import { runSeeds } from "./run-seeds.ts";
import { shrink } from "./shrink.ts";
import { createTrace } from "./trace.ts";

it("keeps every promise in 5 000 worlds, whatever dies, stalls, doubles or comes late", async () => {
	const { ran, failures } = await runSeeds({ from: 0, count: 5_000, threads: 2 });
	expect(failures).toEqual([]);
	expect(ran).toBe(5_000);
}, 240_000);

it("replays a seed line by line", async () => {
	const traceOf = async (seed: number): Promise<readonly string[]> => {
		const trace = createTrace();
		await runSeed(seed, { observe: trace.observe });
		return trace.lines;
	};
	for (const seed of [7, 8, 9]) expect(await traceOf(seed)).toEqual(await traceOf(seed));
	expect(await traceOf(7)).not.toEqual(await traceOf(8));
});

it("replays a world from the names of what happened in it, without its probabilities", async () => {
	const { happened } = await runSeed(7);
	const again = await runSeed(7, { kept: happened });
	expect([...again.happened]).toEqual([...happened]);
});

describe.each(findings)("found: $name", ({ status, promise, seed, kept }) => {
	const broken = async (): Promise<readonly string[]> => {
		const { breaches } = await runSeed(seed, { kept: new Set(kept) });
		return breaches.map((breach) => breach.promise);
	};

	if (status === "open") {
		it("is still open: say that it is fixed when it is", async () => {
			expect(await broken()).toContain(promise);
		});
		it("can't be told in a much shorter history", async () => {
			const report = await runSeed(seed, { kept: new Set(kept) });
			expect((await shrink(seed, report)).kept.length).toBe(kept.length);
		});
	} else {
		it("is mended", async () => {
			expect(await broken()).toEqual([]);
		});
	}
});

it.each(rareHistories)("keeps every promise in the history that $mutant breaks", async ({ mutant, seed, kept }) => {
	const { breaches, happened } = await runSeed(seed, { kept: new Set(kept) });
	expect(breaches).toEqual([]);
	// Else it has gone stale, and is another one: find it anew with the fault planted.
	expect([...happened]).toEqual(kept);
	expect(mutants.map(({ name }) => name)).toContain(mutant);
});

describe("mutants", () => {
	it("are at least 30, each of its own name", () => {
		expect(mutants.length).toBeGreaterThanOrEqual(30);
		expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
	});

	it.each(mutants)("$name applies to the code as it is", (mutant) => {
		expect(patchOf(mutant).problem).toBeUndefined();
	});
});
