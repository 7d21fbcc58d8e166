/** A run as callers see it: `{id, job, state, meta, …}`; states and meta follow Celery's words. An id without record is PENDING. */
import * as z from "zod/mini";

export const progressSchema = z.strictObject({
	status: z.optional(z.string()),
	current_step: z.optional(z.string()),
	progress: z.optional(z.number()),
	stage: z.optional(z.string()),
	step: z.optional(z.number()),
	total: z.optional(z.number()),
});

const failureMeta = z.strictObject({
	exc_type: z.string(),
	exc_message: z.string(),
	error_class: z.string(),
	/** Retries made so far, and the most the policy allows. */
	retry_count: z.int(),
	max_retries: z.int(),
	traceback: z.optional(z.string()),
});

/** Of a run that the sweeper ended, because no message carried it any more: how it stood, since when, and when a sweep first saw it so. */
const reconciledSchema = z.strictObject({ state: z.string(), since: z.string(), seen_at: z.string() });

const base = {
	id: z.string(),
	job: z.string(),
	/** 1, and one more for each redrive; 0 for a message that was refused before its run could begin. */
	generation: z.int(),
	/** Attempts begun in this generation. */
	attempts: z.int(),
	/** Legs begun in the latest attempt; absent for one. */
	legs: z.optional(z.int()),
	tenant: z.optional(z.string()),
	created_at: z.string(),
	started_at: z.string(),
};

export const runViewSchema = z.discriminatedUnion("state", [
	z.strictObject({ id: z.string(), state: z.literal("PENDING"), meta: z.strictObject({}) }),
	z.strictObject({ ...base, state: z.literal("STARTED"), meta: z.strictObject({}) }),
	z.strictObject({ ...base, state: z.literal("PROGRESS"), meta: progressSchema }),
	z.strictObject({
		...base,
		state: z.literal("RETRY"),
		meta: z.strictObject({ ...failureMeta.def.shape, next_attempt_at: z.string() }),
	}),
	z.strictObject({
		...base,
		state: z.literal("SUCCESS"),
		ended_at: z.string(),
		duration_ms: z.number(),
		meta: progressSchema,
		/** Present when it is stored in the row; larger results are read with `result`. */
		result: z.optional(z.unknown()),
		result_ref: z.optional(z.strictObject({ key: z.string(), bytes: z.int() })),
		/** The run whose result the cache gave to this one, which performed nothing. */
		cached_from: z.optional(z.string()),
	}),
	z.strictObject({
		...base,
		state: z.literal("FAILURE"),
		ended_at: z.string(),
		duration_ms: z.number(),
		reason: z.string(),
		meta: failureMeta,
	}),
	z.strictObject({
		...base,
		state: z.literal("REVOKED"),
		ended_at: z.string(),
		duration_ms: z.number(),
		meta: z.strictObject({ reason: z.string() }),
	}),
	z.strictObject({
		...base,
		state: z.literal("SKIPPED"),
		ended_at: z.string(),
		duration_ms: z.number(),
		meta: z.strictObject({ reason: z.string(), reconciled: z.optional(reconciledSchema) }),
	}),
]);
export type RunView = z.infer<typeof runViewSchema>;
