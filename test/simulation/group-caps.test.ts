/** Worker-group caps of 1 and 3 over 10,000 runs of two queue classes on a virtual clock: held exactly, and at what price. */
import { expect, it } from "vitest";
import { createSlotFleet, mostAtOnce } from "../support/slot-fleet.ts";

it.each([
	{ cap: 1, runs: 10_000, workMs: 50, usedLeast: 0.7, slotWritesMost: 2, deferralsMost: 1.2 },
	{ cap: 3, runs: 10_000, workMs: 50, usedLeast: 0.7, slotWritesMost: 2, deferralsMost: 1.2 },
	{ cap: 3, runs: 1_500, workMs: 1_000, usedLeast: 0.8, slotWritesMost: 3.5, deferralsMost: 2.6 },
])("holds a cap of $cap over $runs runs of about $workMs ms, and uses what it allows", async (at) => {
	const { cap, workMs, runs } = at;
	const fleet = createSlotFleet({
		seed: 7,
		concurrencyMax: cap,
		// As JobPlatform sets it: one more than can be of use.
		invocationsMax: cap + 1,
		perform: (_, clock, unit) => clock.sleep(workMs * (0.5 + unit)),
	});
	for (let n = 0; n < runs; n++) await fleet.send(n % 3 === 0 ? "two" : "one", `r${n}`);
	const tookMs = await fleet.drain();
	const busyMs = fleet.performances.reduce((sum, { from, until }) => sum + until - from, 0);
	const deferred = fleet.telemetry.events.filter(({ event }) => event === "run.deferred").length;
	expect(new Set(fleet.performances.map(({ runId }) => runId)).size).toBe(runs);
	expect(fleet.performances).toHaveLength(runs);
	expect(mostAtOnce(fleet.performances)).toBe(cap);
	expect(busyMs / cap / tookMs).toBeGreaterThan(at.usedLeast);
	expect((fleet.requests.slots - fleet.slots.calls.look) / runs).toBeLessThan(at.slotWritesMost);
	expect(deferred / runs).toBeLessThan(at.deferralsMost);
});
