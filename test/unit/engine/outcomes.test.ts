import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { decideSettlement } from "../../../shared/engine/decide-settlement.ts";
import { normaliseOutcome } from "../../../shared/engine/normalise-outcome.ts";
import {
	defineJob,
	defineQueueClass,
	giveUp,
	type JobDefinition,
	JobError,
	noRetry,
	retryAfter,
	retryPolicy,
	skip,
	succeed,
} from "../../../shared/job/index.ts";
import { epochMs } from "../../../shared/kernel/time.ts";

const options = {
	name: "a",
	description: "d",
	queueClass: defineQueueClass({ name: "standard", promise: "p" }),
	input: z.unknown(),
	output: z.strictObject({ n: z.number(), note: z._default(z.string(), "none") }),
} as const;
const job = defineJob({ ...options, retry: retryPolicy({ jitter: "none" }) });

function settle(performed: { value: unknown } | { error: unknown }, attempt = 1, over: JobDefinition = job) {
	const outcome = normaliseOutcome(
		over,
		"error" in performed ? { how: "threw", ...performed } : { how: "returned", ...performed },
	);
	return decideSettlement(outcome, {
		job: over,
		attempt,
		leg: 1,
		endedAt: epochMs(1_000_000),
		unit: 0.5,
		result: { kind: "inline", json: outcome.kind === "success" ? outcome.resultJson : "null" },
		followUps: [],
		progress: undefined,
	});
}

describe("from what an implementation did to what is recorded", () => {
	it("records a plain value and succeed() alike, with the output schema's defaults", () => {
		const expected = {
			state: "SUCCESS",
			endedAt: 1_000_000,
			result: { kind: "inline", json: '{"n":1,"note":"none"}' },
			followUps: [],
		};
		expect(settle({ value: { n: 1 } })).toEqual(expected);
		expect(settle({ value: succeed({ n: 1 }) })).toEqual(expected);
	});

	it.each([{ value: { n: "1" } }, { value: undefined }, { value: { n: 1, extra: 2 } }])(
		"fails finally on a result that does not fit: %j",
		(performed) => {
			expect(settle(performed)).toMatchObject({
				state: "FAILURE",
				reason: "final-error",
				error: { excType: "output-invalid", errorClass: "validation" },
			});
		},
	);

	it("fails finally on a result that is no JSON", () => {
		const any = defineJob({ ...options, output: z.unknown() });
		const cyclic: Record<string, unknown> = {};
		cyclic["self"] = cyclic;
		expect(settle({ value: cyclic }, 1, any)).toMatchObject({ state: "FAILURE", error: { excType: "output-invalid" } });
		expect(settle({ value: 10n }, 1, any)).toMatchObject({ state: "FAILURE", error: { excType: "output-invalid" } });
	});

	it("retries an error until the policy's attempts are made", () => {
		const error = new JobError("database", "gone");
		expect([1, 2, 3].map((attempt) => settle({ error }, attempt))).toMatchObject([
			{ state: "RETRY", nextAttemptAt: 1_060_000 },
			{ state: "RETRY", nextAttemptAt: 1_120_000 },
			{ state: "RETRY", nextAttemptAt: 1_240_000 },
		]);
		expect(settle({ error }, 4)).toMatchObject({
			state: "FAILURE",
			reason: "attempts-exhausted",
			error: { excType: "DatabaseError" },
		});
	});

	it("waits as long as the error asks when that is longer than the policy's delay", () => {
		expect(settle({ error: new JobError("rate-limit", "m", { retryAfterSeconds: 90 }) })).toMatchObject({
			nextAttemptAt: 1_090_000,
		});
		expect(settle({ error: new JobError("rate-limit", "m", { retryAfterSeconds: 5 }) })).toMatchObject({
			nextAttemptAt: 1_060_000,
		});
	});

	it("never retries a final error, nor anything under noRetry", () => {
		expect(settle({ error: new JobError("validation", "m") })).toMatchObject({
			state: "FAILURE",
			reason: "final-error",
		});
		expect(settle({ error: new Error("m") }, 1, defineJob({ ...options, retry: noRetry }))).toMatchObject({
			reason: "attempts-exhausted",
		});
	});

	it("follows retryAfter, giveUp and skip", () => {
		expect(settle({ value: retryAfter(7, "not there yet") })).toMatchObject({
			state: "RETRY",
			nextAttemptAt: 1_007_000,
			error: { excMessage: "not there yet" },
		});
		expect(settle({ value: retryAfter(Number.NaN, "odd") })).toMatchObject({
			state: "RETRY",
			nextAttemptAt: 1_000_000,
		});
		expect(settle({ value: retryAfter(7, "not there yet") }, 4)).toMatchObject({
			state: "FAILURE",
			reason: "attempts-exhausted",
		});
		expect(settle({ value: giveUp("hopeless") })).toMatchObject({
			state: "FAILURE",
			reason: "gave-up",
			error: { excMessage: "hopeless" },
		});
		expect(settle({ value: skip("nothing to do") })).toEqual({
			state: "SKIPPED",
			endedAt: 1_000_000,
			reason: "nothing to do",
		});
	});
});

describe("what no implementation should do", () => {
	const revoked = () => {
		const { proxy, revoke } = Proxy.revocable({}, {});
		revoke();
		return proxy;
	};
	const nameless = Object.assign(new Error("m"), { constructor: undefined });
	const trapped = Object.defineProperty(new Error("m"), "message", {
		get() {
			throw new Error("no");
		},
	});
	it.each([
		["throws a proxy that is revoked", { error: revoked() }],
		["returns one", { value: revoked() }],
		["throws an error without a constructor", { error: nameless }],
		["throws an error whose message throws", { error: trapped }],
		["returns an outcome of no kind", { value: { [Symbol.for("millrace.outcome")]: "perhaps" } }],
	])("is recorded and retried when it %s", (_, performed) => {
		expect(settle(performed)).toMatchObject({
			state: "RETRY",
			error: { excType: "UnreadableOutcome", errorClass: "system" },
			nextAttemptAt: 1_060_000,
		});
	});

	it.each([
		[Number.NaN, 1_060_000],
		[Number.POSITIVE_INFINITY, 1_060_000],
		[-5, 1_060_000],
		[1e300, 1_000_000 + 366 * 86_400_000],
	])("waits for a sane time when an error asks for %d seconds", (retryAfterSeconds, nextAttemptAt) => {
		expect(settle({ error: new JobError("database", "m", { retryAfterSeconds }) })).toMatchObject({ nextAttemptAt });
	});

	it.each([
		[Number.NaN, 1_000_000],
		[1e300, 1_000_000 + 366 * 86_400_000],
		[1.000_2, 1_001_001],
	])("waits for a sane time when it answers retryAfter(%d)", (seconds, nextAttemptAt) => {
		expect(settle({ value: retryAfter(seconds, "not yet") })).toMatchObject({ nextAttemptAt });
	});

	it("does not perform again before the lease of an attempt that would not stop is over (INV-03)", () => {
		const outcome = normaliseOutcome(job, { how: "threw", error: new Error("deadline") });
		const settlement = decideSettlement(outcome, {
			job: defineJob({ ...options, retry: retryPolicy({ delaySeconds: 0, jitter: "none" }) }),
			attempt: 1,
			leg: 1,
			endedAt: epochMs(1_000_000),
			stillRunningUntil: epochMs(1_017_000),
			unit: 0.5,
			result: { kind: "inline", json: "null" },
			followUps: [],
			progress: undefined,
		});
		expect(settlement).toMatchObject({ state: "RETRY", endedAt: 1_000_000, nextAttemptAt: 1_017_000 });
	});
});
