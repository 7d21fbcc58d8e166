/** What crosses the HTTP API: bodies of requests, which are checked, and bodies of answers, which the OpenAPI document and the tests know. */
import * as z from "zod/mini";
import { errorCodes } from "../kernel/errors.ts";
import { RUN_ID_PATTERN } from "../kernel/ids.ts";
import { API_BATCH_STATUS_MAX, DELAY_SECONDS_MAX } from "../kernel/limits.ts";
import { jobMessageSchema } from "./job-message.ts";
import { progressSchema } from "./run-view.ts";
import { overlapSchema, scheduleRuleSchema, storedScheduleSchema } from "./schedule-definition.ts";

const message = jobMessageSchema.def.shape;
const runId = z.string().check(z.regex(RUN_ID_PATTERN, "must be 1–128 characters of A–Z a–z 0–9 . _ : -"));
const reason = z.string().check(z.minLength(1), z.maxLength(300));

export const enqueueRequest = z.strictObject({
	job: message.job,
	input: message.input,
	id: message.id,
	key: message.key,
	tenant: message.tenant,
	delay: z.optional(
		z
			.number()
			.check(
				z.gte(0),
				z.lte(DELAY_SECONDS_MAX),
				z.describe("Start no sooner than so many seconds from now. Not together with notBefore."),
			),
	),
	notBefore: message.notBefore,
	expiresAt: message.expiresAt,
	priority: message.priority,
	headers: message.headers,
	trace: message.trace,
});

export const enqueuedAnswer = z.strictObject({ job_id: runId });

const status = z
	.enum(["PENDING", "STARTED", "PROGRESS", "RETRY", "SUCCESS", "FAILURE", "REVOKED", "SKIPPED"])
	.check(
		z.describe("In Celery's words. A run that nobody knows is PENDING: not yet begun, never enqueued, or forgotten."),
	);

export const jobAnswer = z.strictObject({
	job_id: runId,
	status,
	ready: z.boolean().check(z.describe("It has ended: nothing of this changes any more.")),
	job: z.optional(z.string()),
	progress: z.optional(progressSchema),
	result: z.optional(z.unknown().check(z.describe("Of a SUCCESS, when it is small enough for the row."))),
	result_ref: z.optional(
		z
			.strictObject({ key: z.string(), bytes: z.int() })
			.check(z.describe("Of a SUCCESS with a larger result: GET …/result hands it out.")),
	),
	error: z.optional(z.string().check(z.describe("Of the attempt that failed last, or why the run was ended."))),
});

export const resultAnswer = z.strictObject({ job_id: runId, result: z.unknown() });

const ids = z.array(runId).check(z.minLength(1), z.maxLength(API_BATCH_STATUS_MAX));
export const batchStatusRequest = z.union([z.strictObject({ job_ids: ids }), ids]);
export const batchStatusAnswer = z.strictObject({
	jobs: z.record(z.string(), z.strictObject({ status, ready: z.boolean() })),
});

export const reasonRequest = z.strictObject({ reason: z.optional(reason) });
export const cancelAnswer = z.strictObject({
	job_id: runId,
	outcome: z
		.enum(["revoked", "stopping", "ended"])
		.check(
			z.describe(
				"`revoked`: it never performs. `stopping`: it performs and is told within 20 s. `ended`: it had ended before.",
			),
		),
	status: z.optional(status.check(z.describe("Of one that had ended."))),
});

const { catchUp } = storedScheduleSchema.def.shape;
export const scheduleRequest = z.strictObject({
	job: message.job,
	input: message.input,
	cron: z.optional(z.string().check(z.maxLength(200), z.describe("Five fields. Either this or everySeconds."))),
	timeZone: z.optional(
		z.string().check(z.maxLength(64), z.describe("Of cron: an IANA name such as Europe/Berlin; UTC when absent.")),
	),
	everySeconds: z.optional(z.int()),
	overlap: z.optional(overlapSchema),
	catchUp: z.optional(catchUp),
	enabled: z.optional(
		z
			.boolean()
			.check(z.describe("When absent it stays as it is; a new one ticks. Its ticks are skipped while it is not.")),
	),
	tenant: message.tenant,
	priority: message.priority,
});

export const scheduleAnswer = z.strictObject({
	name: z.string(),
	origin: z.enum(["catalogue", "run-time"]),
	job: z.string(),
	jobGone: z.optional(
		z
			.literal(true)
			.check(
				z.describe(
					"The catalogue has no such job any more: its ticks become dead letters until it is disabled or deleted. It can't be enabled, run or backfilled.",
				),
			),
	),
	input: z.unknown(),
	rule: scheduleRuleSchema,
	overlap: overlapSchema,
	catchUp,
	enabled: z.boolean(),
	disabledBecause: z.optional(z.string()),
	next: z.array(z.string()).check(z.describe("The next five times; none while it is disabled.")),
	last: z.optional(z.strictObject({ at: z.string(), runId, state: z.string() })),
	missed: z.strictObject({ count: z.int(), latest: z.optional(z.string()) }),
});
export const schedulesAnswer = z.strictObject({ schedules: z.array(scheduleAnswer) });

export const backfillRequest = z.strictObject({
	from: z.string().check(z.maxLength(64), z.describe("ISO 8601, inclusive.")),
	to: z.string().check(z.maxLength(64), z.describe("ISO 8601, inclusive.")),
});
export const backfillAnswer = z.strictObject({ job_ids: z.array(runId) });

export const queuesAnswer = z.strictObject({
	queues: z.array(
		z.strictObject({
			name: z.string(),
			promise: z.string(),
			worker_group: z.string(),
			waiting: z.int().check(z.describe("SQS's approximate number, as the others are.")),
			delayed: z.int(),
			in_flight: z.int(),
			dead_letters: z.int(),
			feeding: z.enum(["active", "paused", "changing"]).check(z.describe("Whether workers are handed messages.")),
			paused_because: z.optional(z.string()),
		}),
	),
});

export const healthAnswer = z.strictObject({
	status: z.enum(["healthy", "unhealthy"]),
	reason: z.optional(z.string().check(z.describe("All reasons in one text."))),
	reasons: z.array(z.string()),
	workers: z.array(z.string()).check(z.describe("Queue classes whose messages are handed to workers.")),
	active_tasks: z.optional(z.int().check(z.describe("Messages in flight, over all classes; absent while unknown."))),
	queue_depths: z.record(z.string(), z.int()),
});

export const webhookAnswer = z.strictObject({
	job_id: z.optional(runId),
	ignored: z.optional(z.literal(true).check(z.describe("The definition enqueues nothing for such a delivery."))),
});

/** Every answer of 400 and above, as `application/problem+json` (RFC 9457). */
export const problemAnswer = z.strictObject({
	type: z.string().check(z.describe("`urn:millrace:error:` and the code.")),
	title: z.string(),
	status: z.int(),
	code: z.enum(errorCodes).check(z.describe("Stable; docs/errors.md has a heading for each.")),
	detail: z.string(),
	problems: z.optional(z.array(z.string())),
	request_id: z.optional(z.string().check(z.describe("Under which the function's log has more."))),
});
export type Problem = z.infer<typeof problemAnswer>;
