/**
 * The message, contract v1: what any service sends to a queue class, and what the engine sends on. Unknown fields are refused by name.
 * The JSON Schema in docs/ is generated from here.
 */
import * as z from "zod/mini";
import { RUN_ID_PATTERN } from "../kernel/ids.ts";
import { parseIso } from "../kernel/time.ts";

const instant = z.string().check(
	z.refine((text) => parseIso(text) !== undefined, "must be an ISO 8601 instant such as 2026-11-20T09:00:00Z"),
	z.maxLength(64),
	z.describe("ISO 8601; a text without offset is UTC."),
);

/** Folders of the bucket for inputs: the second keeps them for the longest wait. */
export type InputFolder = "inputs" | "long-inputs";

/** Where a large input lies instead of in the message: our own bucket, under a key that names its content. */
export const inputReferenceSchema = z.strictObject({
	key: z.string().check(z.regex(/^(long-)?inputs\/[0-9a-f]{64}\.json$/, "must be inputs/<sha-256>.json")),
	bytes: z.int().check(z.positive()),
});
export type InputReference = z.infer<typeof inputReferenceSchema>;

/** A run's place in the line of a rate limiter. Instants are epoch milliseconds. */
export const rateTicketSchema = z.strictObject({
	limiter: z.string().check(z.maxLength(512)),
	/** Of the limiter's pace when it was handed out. */
	epoch: z.int(),
	/** The run may start from here … */
	slot: z.number(),
	/** … to here. */
	until: z.number(),
	/** By how many milliseconds its run came too late for the tickets before: it is to come so much earlier. */
	late: z.optional(z.number()),
	/** The SQS message that this one stands for: either's redelivery repeats follow-ups. */
	carrier: z.string().check(z.maxLength(128)),
});
export type RateTicket = z.infer<typeof rateTicketSchema>;

/** A run's place among those that wait until a slot of a concurrency limit is free. */
export const slotLineSchema = z.strictObject({
	/** When it is to come back, epoch milliseconds. */
	until: z.number(),
	/** How often it has been sent on to wait. */
	times: z.int().check(z.positive()),
	/** The SQS message that this one stands for, as in a ticket. */
	carrier: z.string().check(z.maxLength(128)),
});

/** What a producer may set; the rest is for what the engine and a redrive send. */
const producerShape = {
	v: z.optional(z.literal(1).check(z.describe("Contract version; 1 when absent."))),
	job: z.string().check(z.minLength(1), z.maxLength(100), z.describe("The job's wire name or one of its aliases.")),
	input: z.optional(z.unknown().check(z.describe("What the job's input schema says; {} when absent."))),
	inputRef: z.optional(
		inputReferenceSchema.check(
			z.describe("Instead of input: a claim check, written by Millrace's own client for large inputs."),
		),
	),
	id: z.optional(
		z
			.string()
			.check(
				z.regex(RUN_ID_PATTERN, "must be 1–128 characters of A–Z a–z 0–9 . _ : -"),
				z.describe("The run's id. Default: computed from (job, key), else the SQS message id."),
			),
	),
	key: z.optional(
		z
			.string()
			.check(
				z.minLength(1),
				z.maxLength(256),
				z.describe("Idempotency key: messages with one (job, key) are one run while its record is kept."),
			),
	),
	tenant: z.optional(
		z.string().check(z.minLength(1), z.maxLength(128), z.describe("On whose behalf, for fairness and limits.")),
	),
	notBefore: z.optional(
		instant.check(z.describe("Start no sooner than this instant; ISO 8601, UTC where it names no offset.")),
	),
	expiresAt: z.optional(
		instant.check(z.describe("Never start after this instant; ISO 8601, UTC where it names no offset.")),
	),
	priority: z.optional(z.int().check(z.gte(0), z.lte(9), z.describe("0 (bulk) to 9 (critical)."))),
	trace: z.optional(
		z
			.string()
			.check(
				z.regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, "must be a W3C traceparent"),
				z.describe("W3C traceparent."),
			),
	),
	headers: z.optional(
		z.record(z.string().check(z.minLength(1), z.maxLength(64)), z.string().check(z.maxLength(1024))).check(
			z.refine((headers) => Object.keys(headers).length <= 20, "must be at most 20 headers"),
			z.describe("Free texts that travel with the run to its implementation."),
		),
	),
};

export const jobMessageSchema = z.strictObject({
	...producerShape,
	attempt: z.optional(z.int().check(z.positive(), z.describe("The engine's own: which attempt this message is for."))),
	leg: z.optional(
		z
			.strictObject({ number: z.int().check(z.gte(2)), startedAt: instant })
			.check(z.describe("The engine's own: which leg of its attempt this message is for, and when the attempt began.")),
	),
	schedule: z.optional(
		z
			.strictObject({
				name: z.string().check(z.minLength(1), z.maxLength(100)),
				at: instant,
				/** Asked for by an operator, for a time of the past: no policy has a say. */
				backfill: z.optional(z.literal(true)),
				/** Its policies have been asked: it stays admitted while it waits for a limit. */
				admitted: z.optional(z.literal(true)),
			})
			.check(z.describe("The engine's own: the schedule whose tick this is, and the time that it was scheduled for.")),
	),
	ticket: z.optional(rateTicketSchema.check(z.describe("The engine's own: its place in the line of a rate limit."))),
	debounced: z.optional(
		z
			.strictObject({
				/** When the first message of this enqueue was sent, epoch milliseconds: the later one counts. */
				sentAt: z.number(),
				/** The SQS message that this one stands for, as in a ticket. */
				carrier: z.string().check(z.maxLength(128)),
				/** It has waited, and no later one had come: it performs, however long it waits for a limit now. */
				latest: z.optional(z.literal(true)),
			})
			.check(z.describe("The engine's own: it waits, or has waited, for later runs of its debounce key.")),
	),
	line: z.optional(
		slotLineSchema.check(z.describe("The engine's own: its place among those that wait for a concurrency limit.")),
	),
	breaker: z.optional(
		z
			.strictObject({ carrier: z.string().check(z.maxLength(128)) })
			.check(
				z.describe(
					"The engine's own: the circuit breaker of its class held it back; and the SQS message that it stands for, as in a ticket.",
				),
			),
	),
	generation: z.optional(
		z
			.int()
			.check(z.positive(), z.describe("The engine's own: 1, and one more for each redrive of a run that had ended.")),
	),
	born: z.optional(
		z
			.int()
			.check(
				z.gte(0),
				z.describe("The engine's own: when the run of a dead letter was first seen, epoch milliseconds."),
			),
	),
	sentAt: z.optional(
		z
			.int()
			.check(
				z.gte(0),
				z.describe(
					"The engine's own: when what was sent on to wait was first sent, by a producer or a redrive, epoch milliseconds.",
				),
			),
	),
	originalInput: z.optional(
		inputReferenceSchema.check(
			z.describe("Written by a redrive with another input: where the input lies that the run was first sent with."),
		),
	),
	hops: z.optional(z.int().check(z.gte(0), z.describe("The engine's own: how often the message was sent on."))),
});

export type JobMessage = z.infer<typeof jobMessageSchema>;
export const jobMessageFields: readonly string[] = Object.keys(jobMessageSchema.def.shape);
export const producerFields: readonly string[] = Object.keys(producerShape);
