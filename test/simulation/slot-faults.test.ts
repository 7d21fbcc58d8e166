/** Concurrency limits under faults (INV-09): workers that die at any call, freeze, lose answers and disagree about the time, messages delivered twice. */
import { expect, it } from "vitest";
import { createSlotFleet, mostAtOnce } from "../support/slot-fleet.ts";

const keys = ["red", "green", "blue"];
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
const RUNS = 40;

it("never has more performing than a key and a group allow, and loses nobody, whatever goes wrong (INV-01, INV-09)", async () => {
	let repeated = 0;
	let most = 0;
	for (const seed of seeds) {
		const max = 1 + (seed % 2);
		const fleet = createSlotFleet({
			seed,
			concurrency: { max, per: "input.key" },
			concurrencyMax: 3,
			invocationsMax: 4,
			faultRate: 0.04,
			doubleRate: 0.2,
			timeoutSeconds: seed % 3 === 0 ? 300 : 60,
			async perform(context, clock, unit) {
				// Some go on for minutes; some of these don't stop when they are told to.
				if (unit > 0.98) return clock.sleep(100_000);
				await clock.sleep(unit > 0.9 ? unit * 150_000 : unit * 4_000, context.signal);
				context.signal.throwIfAborted();
			},
		});
		for (let n = 0; n < RUNS; n++) await fleet.send(n % 2 === 0 ? "one" : "two", `r${n}`, keys[n % 3]);
		await fleet.drain(600_000);
		for (const key of keys)
			expect(mostAtOnce(fleet.performances, key), `seed ${seed}, key ${key}`).toBeLessThanOrEqual(max);
		most = Math.max(most, mostAtOnce(fleet.performances));
		expect(mostAtOnce(fleet.performances), `seed ${seed}, group`).toBeLessThanOrEqual(3);
		const states = Array.from({ length: RUNS }, (_, n) => fleet.row(`r${n}`)?.state);
		expect(new Set(states), `seed ${seed}`).toEqual(new Set(["SUCCESS"]));
		repeated += fleet.performances.length - RUNS;
	}
	// Else the faults fell beside the work, or the cap was never reached, and the test proved nothing.
	expect(repeated).toBeGreaterThan(60);
	expect(most).toBe(3);
});
