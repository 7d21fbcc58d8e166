import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { createLimits } from "../../shared/client/limits.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, rateLimit, tokenBucket } from "../../shared/job/index.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { createMemoryLimitStore } from "../support/memory-limit-store.ts";

const queueClass = defineQueueClass({ name: "quick", promise: "p" });
const anything = { description: "d", queueClass, input: z.unknown(), output: z.unknown() };
const stripe = tokenBucket({ ratePerSecond: 25, bucket: 100, name: "stripe", per: "tenant" });
const catalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "office", queueClasses: [queueClass] })],
	jobs: [
		defineJob({ ...anything, name: "free" }),
		defineJob({ ...anything, name: "check", rateLimit: rateLimit("15/s") }),
		defineJob({ ...anything, name: "charge", rateLimit: stripe }),
		defineJob({ ...anything, name: "refund", rateLimit: stripe }),
	],
});
const now = epochMs(1_795_165_200_000);

function setup() {
	const store = createMemoryLimitStore();
	const clock = { now: () => now, sleep: async () => {} };
	return { store, limits: createLimits({ catalogue, limits: store, clock }) };
}

describe("rate limits at run time", () => {
	it("are listed by limiter, with the jobs that share one", async () => {
		const { limits } = setup();
		expect(await limits.list()).toEqual([
			{
				limiter: "check",
				jobs: ["check"],
				per: null,
				declared: { count: 15, periodSeconds: 1, burst: 2.5 },
				override: null,
				rate: { count: 15, periodSeconds: 1, burst: 2.5 },
				waiting: 0,
			},
			{
				limiter: "stripe",
				jobs: ["charge", "refund"],
				per: "tenant",
				declared: { count: 25, periodSeconds: 1, burst: 100 },
				override: null,
				rate: { count: 25, periodSeconds: 1, burst: 100 },
				waiting: null,
			},
		]);
	});

	it("are set, multiplied and restored", async () => {
		const { limits, store } = setup();
		expect((await limits.set("check", "100/m", { burst: 2 })).rate).toEqual({
			count: 100,
			periodSeconds: 60,
			burst: 2,
		});
		expect((await limits.get("check")).override).toEqual({ kind: "set", count: 100, periodSeconds: 60, burst: 2 });
		expect((await limits.factor("check", 0.5)).rate).toEqual({ count: 7.5, periodSeconds: 1, burst: 1.75 });
		expect((await limits.factor("check", 0.5)).rate).toMatchObject({ count: 7.5 });
		expect((await limits.restore("check")).override).toBeNull();
		expect(store.states.get("check")?.override).toBeUndefined();
	});

	it("of one key go before those of all keys", async () => {
		const { limits } = setup();
		await limits.factor("stripe", 0.5);
		expect((await limits.get("stripe#north")).rate).toEqual({ count: 12.5, periodSeconds: 1, burst: 50.5 });
		await limits.set("stripe#north", "1/s", { burst: 3 });
		expect((await limits.get("stripe#north")).rate).toEqual({ count: 1, periodSeconds: 1, burst: 3 });
		expect((await limits.get("stripe#south")).rate).toMatchObject({ count: 12.5 });
	});

	it("tell how many starts have a time that is still to come", async () => {
		const { limits, store } = setup();
		await store.take("check", { count: 40, now, seenAtMax: now });
		const pace = { intervalMs: 100, windowMs: 100 };
		const timetable = {
			revision: 1,
			epoch: 1,
			from: 10,
			base: epochMs(now - 950),
			pace,
			declared: pace,
			setAt: now,
			beginsAt: now,
		};
		await store.plan("check", { revision: 0, timetable });
		// 30 from number 10 on; those of the last 950 ms and of now are ten.
		expect((await limits.get("check")).waiting).toBe(20);
	});

	it.each([
		["chekc", "unknown-limiter", "Did you mean check?"],
		["free", "unknown-limiter", "No job of the catalogue is limited"],
		["check#north", "unknown-limiter", "No job of the catalogue is limited"],
	])("of %s are refused as %s", async (limiter, code, message) => {
		const { limits } = setup();
		await expect(limits.restore(limiter)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
	});

	it.each([
		["15/d", {}, 'as in "15/s"; got "15/d"'],
		["0/s", {}, 'got "0/s"'],
		["100/s", { burst: 2 }, "needs a burst from 6"],
		["20000/s", {}, "to 10000 a second; got 20000 per 1 s"],
	])("are not set to %s %o", async (rate, options, message) => {
		const { limits, store } = setup();
		await expect(limits.set("check", rate as "1/s", options)).rejects.toMatchObject({
			code: "rate-invalid",
			message: expect.stringContaining(message),
		});
		expect(store.calls.override).toBe(0);
	});

	it.each([0, -1, Number.NaN])("are not multiplied by %d", async (factor) => {
		await expect(setup().limits.factor("check", factor)).rejects.toMatchObject({ code: "rate-invalid" });
	});
});
