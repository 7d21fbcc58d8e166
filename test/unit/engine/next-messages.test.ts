import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { type Carried, deadLetterAttributesOf, followUpsOf, sendOn } from "../../../shared/engine/next-messages.ts";
import { defineJob, defineQueueClass } from "../../../shared/job/index.ts";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { epochMs, epochSeconds } from "../../../shared/kernel/time.ts";
import type { SettledRun, Settlement } from "../../../shared/ports/job-store.ts";

const job = defineJob({
	name: "a",
	aliases: ["old-a"],
	description: "d",
	queueClass: defineQueueClass({ name: "standard", promise: "p" }),
	input: z.unknown(),
	output: z.unknown(),
});
const now = epochMs(1_000_000);
const carried: Carried = {
	job,
	queueClass: "express",
	runId: runId("r-1"),
	message: {
		job: "old-a",
		input: { n: 1 },
		tenant: "t",
		key: "k",
		attempt: 2,
		hops: 3,
		notBefore: "1970-01-01T00:00:00Z",
	},
};
const settled = (settlement: Settlement): SettledRun => ({
	id: runId("r-1"),
	job: "a",
	generation: 1,
	attempts: 2,
	carrier: "m",
	retriesMax: 3,
	createdAt: now,
	startedAt: now,
	expiresAt: epochSeconds(9),
	settledBy: fence("f"),
	...settlement,
});
const error = { excType: "DatabaseError", excMessage: "gone", errorClass: "database" } as const;

describe("followUpsOf", () => {
	it("sends a retry on for its next attempt, with the delay that is left", () => {
		const [next] = followUpsOf(
			carried,
			settled({ state: "RETRY", endedAt: now, error, nextAttemptAt: epochMs(1_030_500) }),
			now,
		);
		expect(next).toEqual({
			target: { queueClass: "express", queue: "main" },
			message: { job: "a", input: { n: 1 }, tenant: "t", key: "k", id: "r-1", attempt: 3, generation: 1, hops: 4 },
			delaySeconds: 31,
			attributes: {},
		});
	});

	it("sends a retry that is due already without delay", () => {
		const [next] = followUpsOf(
			carried,
			settled({ state: "RETRY", endedAt: now, error, nextAttemptAt: epochMs(5) }),
			now,
		);
		expect(next?.delaySeconds).toBe(0);
	});

	it("dead-letters a failure as the first attempt of the next generation, with what went wrong", () => {
		const [letter] = followUpsOf(
			carried,
			settled({ state: "FAILURE", endedAt: now, reason: "attempts-exhausted", error }),
			now,
		);
		expect(letter?.target).toEqual({ queueClass: "express", queue: "dead-letter" });
		expect(letter?.message).toEqual({
			...{ job: "a", input: { n: 1 }, tenant: "t", key: "k", id: "r-1", generation: 2, born: 1_000_000 },
		});
		expect(letter?.attributes).toEqual({
			"millrace-reason": "attempts-exhausted",
			"millrace-error": '{"exc_type":"DatabaseError","exc_message":"gone"}',
			"millrace-attempts": "2",
			"millrace-run-id": "r-1",
			"millrace-job": "a",
			"millrace-failed-at": "1970-01-01T00:16:40.000Z",
		});
	});

	it("sends what a success enqueued, and nothing for the quiet ends", () => {
		const followUps = [{ queueClass: "bulk", delaySeconds: 5, message: { job: "b", input: 1, id: "f-1" } }];
		const success = settled({ state: "SUCCESS", endedAt: now, result: { kind: "inline", json: "1" }, followUps });
		expect(followUpsOf(carried, success, now)).toEqual([
			{
				target: { queueClass: "bulk", queue: "main" },
				message: { job: "b", input: 1, id: "f-1" },
				delaySeconds: 5,
				attributes: {},
			},
		]);
		expect(followUpsOf(carried, settled({ state: "SKIPPED", endedAt: now, reason: "x" }), now)).toEqual([]);
		expect(followUpsOf(carried, settled({ state: "REVOKED", endedAt: now, reason: "expired" }), now)).toEqual([]);
	});

	it("repeats the very same messages, whoever repeats it", () => {
		const record = settled({ state: "RETRY", endedAt: now, error, nextAttemptAt: epochMs(1_030_000) });
		expect(followUpsOf(carried, record, now)).toEqual(followUpsOf(carried, record, now));
	});
});

describe("sendOn", () => {
	it("hops toward what one SQS delay can't reach", () => {
		const next = sendOn(carried, { attempt: 1, generation: 1, notBefore: epochMs(1_000_000 + 2_000_000) }, now);
		expect(next.delaySeconds).toBe(900);
		expect(next.message.notBefore).toBe("1970-01-01T00:50:00.000Z");
	});
});

it("cuts and mends attributes to what SQS takes", () => {
	const attributes = deadLetterAttributesOf({
		reason: "final-error",
		error: { exc_type: "E", exc_message: `${"x".repeat(5000)}` },
		attempts: 1,
		runId: "r",
		job: "a\u0000\uFFFEb",
		failedAt: now,
	});
	expect(attributes["millrace-error"]?.length).toBeLessThan(2200);
	expect(attributes["millrace-job"]).toBe("a\uFFFD\uFFFDb");
});
