/** A rate limit under many workers at once (INV-08): the real engine on a virtual clock, judged by when performances start. */
import { describe, expect, it } from "vitest";
import { JobError, rateLimit, tokenBucket } from "../../shared/job/index.ts";
import { largestExcess } from "../support/rate-excess.ts";
import { createFleet } from "../support/rate-fleet.ts";

const fifty = rateLimit("50/s", { burst: 10 });
const held = { perSecond: 50, burst: 10 };
const runs = (count: number, more: object = {}) => Array.from({ length: count }, (_, n) => ({ id: `r-${n}`, ...more }));

type Fleet = ReturnType<typeof createFleet>;
const startsMs = (fleet: Fleet): readonly number[] => fleet.starts.map(({ at }) => at);

/** Starts of what the limit allows between the first and the last. */
function used(fleet: Fleet, limit = held): number {
	const times = startsMs(fleet);
	const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
	return times.length / (limit.burst + limit.perSecond * seconds);
}

describe("a limit of 50/s with a burst of 10", () => {
	it("is never exceeded by 500 workers, and more than 99 % used while there is work", async () => {
		const fleet = createFleet({ rateLimit: fifty, workers: 500 });
		await fleet.send(...runs(3_000));
		await fleet.run();
		expect(fleet.starts).toHaveLength(3_000);
		expect(fleet.busyMost).toBe(500);
		expect(largestExcess(startsMs(fleet), held)).toBeLessThanOrEqual(0);
		expect(used(fleet)).toBeGreaterThan(0.99);
		// Waiting costs each run one message, and less than one SQS request and half a DynamoDB request in all.
		const deferred = fleet.telemetry.named("run.deferred").map(({ runId }) => runId);
		expect(new Set(deferred).size).toBe(deferred.length);
		const { sent, received, removed } = fleet.requests;
		expect((sent + received + removed) / 3_000).toBeLessThan(1);
		const { take, look, plan } = fleet.limits.calls;
		expect((take + look + plan) / 3_000).toBeLessThan(0.5);
	});

	it("is used up by 4 workers too, which wait in the worker and send nothing on", async () => {
		const fleet = createFleet({ rateLimit: fifty, workers: 4 });
		await fleet.send(...runs(600));
		await fleet.run();
		expect(largestExcess(startsMs(fleet), held)).toBeLessThanOrEqual(0);
		expect(used(fleet)).toBeGreaterThan(0.95);
		expect(fleet.requests.sent).toBe(0);
	});

	it("holds although answers stall, and no run that comes too late for its slot spends an attempt", async () => {
		const fleet = createFleet({ rateLimit: fifty, workers: 100, stallRate: 0.05 });
		await fleet.send(...runs(1_500));
		await fleet.run();
		expect(largestExcess(startsMs(fleet), held)).toBeLessThanOrEqual(0);
		const rows = [...fleet.store.rows.values()];
		expect(rows.filter(({ state, attempts }) => state === "SUCCESS" && attempts === 1)).toHaveLength(1_500);
		expect(fleet.starts).toHaveLength(1_500);
	});

	it("counts retries: each start of an attempt is one", async () => {
		let calls = 0;
		const fleet = createFleet({
			rateLimit: fifty,
			workers: 100,
			perform: async () => {
				if (calls++ % 3 === 0) throw new JobError("database", "Connection timeout");
			},
		});
		await fleet.send(...runs(600));
		await fleet.run();
		expect(fleet.starts.length).toBeGreaterThan(850);
		expect(largestExcess(startsMs(fleet), held)).toBeLessThanOrEqual(0);
	});

	it("lets through a little more when clocks differ: what the rate brings in that time, 200 ms at most, and no burst for each slow clock", async () => {
		const near = createFleet({ rateLimit: fifty, workers: 100, skewMsMax: 50 });
		await near.send(...runs(1_000));
		await near.run();
		expect(largestExcess(startsMs(near), held)).toBeLessThanOrEqual(5);
		const far = createFleet({ rateLimit: fifty, workers: 100, skewMsMax: 7_000 });
		await far.send(...runs(1_000));
		await far.run();
		// By their own clocks alone they would start up to 700 more.
		expect(largestExcess(startsMs(far), held)).toBeLessThanOrEqual(70);
	});
});

/** What a payment provider allows. */
describe("a token bucket of 25/s that holds 100", () => {
	const bucket = { perSecond: 25, burst: 100 };
	const payments = tokenBucket({ ratePerSecond: 25, bucket: 100 });

	it("lets 200 workers start 100 at once, then 25 a second, and never more in any window", async () => {
		const fleet = createFleet({ rateLimit: payments, workers: 200 });
		const begin = fleet.clock.now();
		await fleet.send(...runs(1_100));
		await fleet.run();
		expect(fleet.starts).toHaveLength(1_100);
		expect(largestExcess(startsMs(fleet), bucket)).toBeLessThanOrEqual(0);
		expect(startsMs(fleet).filter((at) => at < begin + 1_000).length).toBeGreaterThanOrEqual(100);
		expect(used(fleet, bucket)).toBeGreaterThan(0.95);
		// Who is refused comes again for its own slot, and has spent no attempt.
		expect([...fleet.store.rows.values()].every(({ attempts }) => attempts === 1)).toBe(true);
		const deferred = fleet.telemetry.named("run.deferred").map(({ runId }) => runId);
		expect(deferred.length).toBeGreaterThan(0);
		expect(new Set(deferred).size).toBe(deferred.length);
	});

	it("is full again after 4 s of rest, and no fuller", async () => {
		const fleet = createFleet({ rateLimit: payments, workers: 200 });
		await fleet.send(...runs(300));
		await fleet.run();
		await fleet.clock.advance(60_000);
		const again = fleet.clock.now();
		await fleet.send(...runs(300).map(({ id }) => ({ id: `later-${id}` })));
		await fleet.run();
		expect(largestExcess(startsMs(fleet), bucket)).toBeLessThanOrEqual(0);
		const inSecond = startsMs(fleet).filter((at) => at >= again && at < again + 1_000).length;
		expect(inSecond).toBeGreaterThanOrEqual(100);
		expect(inSecond).toBeLessThanOrEqual(125);
	});
});

describe("a limit changed while it is in use", () => {
	it("halves within 5 s for all that wait, and rises as they come back", async () => {
		const fleet = createFleet({ rateLimit: fifty, workers: 100 });
		await fleet.send(...runs(2_200));
		const begin = fleet.clock.now();
		const until = (seconds: number) => fleet.run(() => fleet.clock.now() >= begin + seconds * 1000);
		const between = (from: number, to: number) =>
			startsMs(fleet).filter((at) => at >= begin + from * 1000 && at < begin + to * 1000);
		await until(10);
		await fleet.limits.override("limited", { kind: "factor", factor: 0.5 });
		await until(30);
		await fleet.limits.override("limited", undefined);
		await fleet.run();
		expect(largestExcess(startsMs(fleet), held)).toBeLessThanOrEqual(0);
		// A factor keeps the window of the burst: 9 intervals of 20 ms are 4.5 of 40.
		expect(largestExcess(between(15.5, 30), { perSecond: 25, burst: 5.5 })).toBeLessThanOrEqual(0);
		expect(between(16, 30).length / 14).toBeGreaterThan(25 * 0.95);
		expect(between(36, 46).length / 10).toBeGreaterThan(50 * 0.95);
		expect(fleet.starts).toHaveLength(2_200);
	});
});

describe("a limit per tenant", () => {
	it("holds for each by itself", async () => {
		const fleet = createFleet({ rateLimit: tokenBucket({ ratePerSecond: 5, bucket: 20, per: "tenant" }), workers: 30 });
		const tenants = ["north", "south", "west"];
		for (const tenant of tenants) await fleet.send(...runs(100).map(({ id }) => ({ id: `${tenant}-${id}`, tenant })));
		await fleet.run();
		for (const tenant of tenants) {
			const times = fleet.starts.filter((start) => start.tenant === tenant).map(({ at }) => at);
			expect(times).toHaveLength(100);
			expect(largestExcess(times, { perSecond: 5, burst: 20 })).toBeLessThanOrEqual(0);
			// All but the first 20 at 5/s take 16 s, and the last comes back up to 1 s after its slot.
			expect((Math.max(...times) - Math.min(...times)) / 1000).toBeLessThan(17.5);
		}
		expect([...fleet.limits.states.keys()].sort()).toEqual(["limited#north", "limited#south", "limited#west"]);
	});
});

it("a limit without a burst of its own starts one after the other", async () => {
	const fleet = createFleet({ rateLimit: rateLimit("1/s"), workers: 20 });
	await fleet.send(...runs(30));
	await fleet.run();
	expect(largestExcess(startsMs(fleet), { perSecond: 1, burst: 1.1 })).toBeLessThanOrEqual(0);
	expect(used(fleet, { perSecond: 1, burst: 1.1 })).toBeGreaterThan(0.95);
});
