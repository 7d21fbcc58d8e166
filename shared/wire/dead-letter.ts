/**
 * A dead letter: the message's own body (with its id pinned and `generation` raised, so that any redrive is a fresh generation of
 * the same run) and these message attributes. A body that could not be read goes as it came.
 */
import * as z from "zod/mini";

export const deadLetterAttributes = {
	/** An error code of docs/errors.md. */
	reason: "millrace-reason",
	/** JSON of `deadLetterErrorSchema`, cut to fit. */
	error: "millrace-error",
	attempts: "millrace-attempts",
	runId: "millrace-run-id",
	job: "millrace-job",
	/** ISO 8601. */
	failedAt: "millrace-failed-at",
} as const;

export const deadLetterErrorSchema = z.object({
	exc_type: z.string(),
	exc_message: z.string(),
	/** The first stack lines of the error that ended the run, where it had any. */
	traceback: z.optional(z.string()),
});
export type DeadLetterError = z.infer<typeof deadLetterErrorSchema>;

/** Stands as the body when the original would no longer fit beside its attributes: the original lies in the bucket. */
export const movedBodySchema = z.strictObject({
	millrace: z.literal("moved-body"),
	key: z.string().check(z.regex(/^dead-letters\/[0-9a-f]{64}$/)),
	bytes: z.int(),
});
