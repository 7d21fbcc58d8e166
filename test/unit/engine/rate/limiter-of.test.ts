import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { limiterOf } from "../../../../shared/engine/rate/limiter-of.ts";
import { defineJob, defineQueueClass, type RateLimit, rateLimit } from "../../../../shared/job/index.ts";

const queueClass = defineQueueClass({ name: "fast", promise: "p" });
const anything = { name: "charge", description: "d", queueClass, input: z.unknown(), output: z.unknown() };
const idOf = (limit: RateLimit, message: object, input: unknown = {}) =>
	limiterOf(defineJob({ ...anything, rateLimit: limit }), { job: "charge", ...message }, input)?.id;

describe("a run's limiter", () => {
	it("is none where its job has no limit", () => {
		expect(limiterOf(defineJob(anything), { job: "charge" }, {})).toBeUndefined();
	});
	it("is its job's, or the one that several jobs share", () => {
		expect(idOf(rateLimit("1/s"), { tenant: "north" })).toBe("charge");
		expect(idOf(rateLimit("1/s", { name: "stripe" }), {})).toBe("stripe");
	});
	it("is its tenant's share; those without one share theirs", () => {
		expect(idOf(rateLimit("1/s", { per: "tenant" }), { tenant: "north" })).toBe("charge#north");
		expect(idOf(rateLimit("1/s", { per: "tenant" }), {})).toBe("charge#");
	});
	it.each([
		[{ user: "u-7" }, "charge#u-7"],
		[{ user: 7 }, "charge#7"],
		[{ user: { id: 7 } }, 'charge#{"id":7}'],
		[{ user: null }, "charge#"],
		[{}, "charge#"],
		["no object", "charge#"],
		[{ user: "é".repeat(65) }, "charge#sha256-c8a2666a"],
	])("is the share of a field of the input: of %o %s", (input, id) => {
		expect(idOf(rateLimit("1/s", { per: "input.user" }), {}, input)?.slice(0, 22)).toBe(id);
	});
});
