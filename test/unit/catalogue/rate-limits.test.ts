import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type RateLimit,
	rateLimit,
	tokenBucket,
} from "../../../shared/job/index.ts";

const queueClass = defineQueueClass({ name: "fast", promise: "p" });
const workerGroups = [defineWorkerGroup({ name: "workers", queueClasses: [queueClass] })];
const job = (name: string, limit: RateLimit) =>
	defineJob({
		name,
		description: "d",
		queueClass,
		input: z.strictObject({ customer: z.string() }),
		output: z.unknown(),
		rateLimit: limit,
	});
/** What `defineCatalogue` says against jobs with these limits. */
function problems(...limits: readonly RateLimit[]): readonly string[] {
	try {
		defineCatalogue({ workerGroups, jobs: limits.map((limit, index) => job(`job-${index}`, limit)) });
		return [];
	} catch (error) {
		return (error as Error).message.split("\n- ").slice(1);
	}
}

describe("a rate limit", () => {
	it.each([
		[rateLimit("15/s"), { count: 15, periodSeconds: 1, burst: 2.5 }],
		[rateLimit("100/m", { burst: 3 }), { count: 100, periodSeconds: 60, burst: 3 }],
		[
			rateLimit("1000/h", { name: "mail" }),
			{ count: 1000, periodSeconds: 3600, burst: 1.0277777777777777, name: "mail" },
		],
		[
			tokenBucket({ ratePerSecond: 25, bucket: 100, per: "input.customer" }),
			{ count: 25, periodSeconds: 1, burst: 100, per: "input.customer" },
		],
	])("%o is sound", (limit, is) => {
		expect(limit).toEqual(is);
		expect(problems(limit)).toEqual([]);
	});

	it.each(["15/d", "s/15", "15", "0/s", "-1/s", "Infinity/s", "1/s/s"])("is not read from %s", (text) => {
		expect(() => rateLimit(text as "1/s")).toThrow(`got "${text}"`);
	});

	it.each([
		[rateLimit("100/s", { burst: 5.9 }), "rateLimit needs a burst from 6 (1 + what the rate brings in 50 ms"],
		[rateLimit("10001/s"), "must be from one start a day to 10000 a second; got 10001 per 1 s"],
		[rateLimit("0.001/h"), "must be from one start a day to 10000 a second; got 0.001 per 3600 s"],
		[
			rateLimit("1/s", { name: "a#b" }),
			'rateLimit.name must be 1–100 letters, digits, "_", "-" or ".", a letter first; got "a#b"',
		],
		[rateLimit("1/s", { per: "input.tenant" }), 'with a field of the input schema; got "input.tenant"'],
		[rateLimit("1/s", { per: "input." }), 'with a field of the input schema; got "input."'],
	])("%o is refused", (limit, problem) => {
		expect(problems(limit)).toEqual([expect.stringContaining(problem)]);
	});

	it("that several jobs share is one limit", () => {
		const shared = rateLimit("25/s", { name: "stripe" });
		expect(problems(shared, shared)).toEqual([]);
		expect(problems(shared, rateLimit("50/s", { name: "stripe" }))).toEqual([
			'job job-0: shares the limiter "stripe" with job-1, so both must declare the same rate, burst and key',
			'job job-1: shares the limiter "stripe" with job-0, so both must declare the same rate, burst and key',
		]);
	});
});
