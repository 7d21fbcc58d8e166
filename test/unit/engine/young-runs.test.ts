/**
 * What a run was given is gone with the next young collection after it. Accessors of an object literal, prototypes and functions under computed
 * names that are made for each run would keep all that they see until a full one (shared/engine/trail.ts).
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { engineWorld } from "../../support/engine-world.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options?: { readonly type: "minor" }) => void;

const runs = 60;
const inputBytes = 50_000;

it("leaves nothing of its input to a full collection", async () => {
	let signals = 0;
	const world = engineWorld(async (_, context) => {
		signals += context.signal.aborted ? 0 : 1;
	});
	async function perform(nth: number): Promise<void> {
		await world.send({ job: "work", id: `r-${nth}`, input: { n: nth, note: "x".repeat(inputBytes) } });
		await world.drain();
		// What outlives two young collections is taken for old.
		collect({ type: "minor" });
		collect({ type: "minor" });
	}
	// The first runs make code and shapes, which stay.
	for (let nth = 0; nth < runs; nth++) await perform(nth);
	collect();
	const before = process.memoryUsage().heapUsed;
	for (let nth = 0; nth < runs; nth++) await perform(runs + nth);
	const keptBytes = (process.memoryUsage().heapUsed - before) / runs;
	expect(signals).toBe(2 * runs);
	expect(keptBytes).toBeLessThan(inputBytes / 2);
});
