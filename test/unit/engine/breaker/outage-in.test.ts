import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { outageIn } from "../../../../shared/engine/breaker/outage-in.ts";
import { normaliseOutcome, type Performed } from "../../../../shared/engine/normalise-outcome.ts";
import { defaultBreaker } from "../../../../shared/job/breaker.ts";
import {
	defineJob,
	defineQueueClass,
	giveUp,
	JobError,
	retryAfter,
	retryPolicy,
	skip,
} from "../../../../shared/job/index.ts";
import { MillraceError } from "../../../../shared/kernel/errors.ts";

const job = defineJob({
	name: "work",
	description: "d",
	queueClass: defineQueueClass({ name: "standard", promise: "p" }),
	input: z.unknown(),
	output: z.unknown(),
	retry: retryPolicy({ neverOn: ["database"], retryOn: ["api", "validation"] }),
});
const threw = (error: unknown): Performed => ({ how: "threw", error });
const ofStatus = (status: number) => threw(Object.assign(new Error(`HTTP ${status}`), { status }));
const seen = (performed: Performed, policy = defaultBreaker) => outageIn(normaliseOutcome(job, performed), policy);

describe("outageIn", () => {
	it.each([
		[
			"a database error, although the policy never retries one",
			threw(new JobError("database", "lost")),
			"DatabaseError: lost",
		],
		["HTTP 503", ofStatus(503), "Error: HTTP 503"],
		["HTTP 429", ofStatus(429), "Error: HTTP 429"],
		[
			"nobody there",
			threw(Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } })),
			"TypeError: fetch failed",
		],
		["the end of a leg", threw(new MillraceError("attempt-deadline", "too slow")), "attempt-deadline: too slow"],
		[
			"the hard time limit",
			{ how: "time-limit", error: new MillraceError("time-limit-exceeded", "too slow") } as const,
			"TimeLimitExceeded: too slow",
		],
	])("counts %s", (_, performed, words) => {
		expect(seen(performed)).toBe(words);
	});

	it.each([
		["HTTP 404, although the policy retries it", ofStatus(404)],
		["an API error that says it is final", threw(new JobError("api", "no such account", { retryable: false }))],
		["a validation error that the policy retries", threw(new JobError("validation", "no"))],
		["a bug", threw(new TypeError("x is not a function"))],
		["a result", { how: "returned", value: 1 } as const],
		["a job's own answer", { how: "returned", value: retryAfter(5, "not yet") } as const],
		["giving up", { how: "returned", value: giveUp("no hope") } as const],
		["skipping", { how: "returned", value: skip("nothing to do") } as const],
		["a revoke", { how: "revoked", reason: "no" } as const],
		["a leg that goes on", { how: "next-leg" } as const],
	])("does not count %s", (_, performed) => {
		expect(seen(performed)).toBeUndefined();
	});

	it("counts the classes that the policy names, and no others", () => {
		const bugs = { ...defaultBreaker, errorClasses: ["system"] as const };
		expect(seen(threw(new TypeError("x is not a function")), bugs)).toBe("TypeError: x is not a function");
		expect(seen(ofStatus(503), bugs)).toBeUndefined();
	});
});
