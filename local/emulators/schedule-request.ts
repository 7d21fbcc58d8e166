/** What CreateSchedule and UpdateSchedule may ask for here: schedules that send to a queue, once or by cron, refused where AWS refuses them. */
import * as z from "zod/mini";
import { parseCron } from "../../shared/job/cron.ts";
import { nextTimes } from "../../shared/job/schedule-times.ts";
import { SCHEDULE_INPUT_BYTES_MAX, SCHEDULE_RETRIES_MAX } from "../../shared/kernel/limits.ts";
import type { EpochMs } from "../../shared/kernel/time.ts";
import { describeIssues } from "../../shared/wire/describe-issues.ts";

const sizeOf = (text: string): number => Buffer.byteLength(text, "utf8");

const ONE_TIME = /^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/;

/** The five fields of `cron(… *)`; EventBridge's sixth is the year. */
function cronIn(expression: string): string | undefined {
	const fields = /^cron\((\S+ \S+ \S+ \S+ \S+) \*\)$/.exec(expression)?.[1];
	try {
		if (fields !== undefined) parseCron(fields);
		return fields;
	} catch {
		return undefined;
	}
}

const createScheduleSchema = z.strictObject({
	GroupName: z.string(),
	Description: z.optional(z.string().check(z.maxLength(512))),
	ClientToken: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
	ScheduleExpression: z
		.string()
		.check(
			z.refine(
				(text) => ONE_TIME.test(text) || cronIn(text) !== undefined,
				"only at(yyyy-mm-ddThh:mm:ss) and cron(minutes hours day-of-month month day-of-week year) run here",
			),
		),
	ScheduleExpressionTimezone: z.optional(z.string()),
	FlexibleTimeWindow: z.strictObject({ Mode: z.literal("OFF") }),
	ActionAfterCompletion: z.optional(z.enum(["DELETE", "NONE"])),
	State: z.optional(z.enum(["ENABLED", "DISABLED"])),
	Target: z.strictObject({
		Arn: z.string().check(z.regex(/^arn:aws:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}$/, "must be the ARN of a queue")),
		RoleArn: z.string().check(z.regex(/^arn:aws:iam::\d{12}:role\/.+$/, "must be the ARN of a role")),
		Input: z
			.string()
			.check(z.refine((input) => input !== "" && sizeOf(input) <= SCHEDULE_INPUT_BYTES_MAX, "must have 1 to 256 KB")),
		RetryPolicy: z.optional(
			z.strictObject({
				MaximumEventAgeInSeconds: z.int().check(z.gte(60), z.lte(86_400)),
				MaximumRetryAttempts: z.int().check(z.gte(0), z.lte(SCHEDULE_RETRIES_MAX)),
			}),
		),
		DeadLetterConfig: z.optional(z.strictObject({ Arn: z.string() })),
	}),
});
export type CreateSchedule = z.infer<typeof createScheduleSchema>;

/** The request, or what is wrong with it. */
export function readCreateSchedule(body: string): CreateSchedule | string {
	let value: unknown;
	try {
		value = JSON.parse(body);
	} catch (error) {
		return `The body is not JSON: ${(error as Error).message}`;
	}
	const parsed = createScheduleSchema.safeParse(value);
	return parsed.success ? parsed.data : describeIssues(parsed.error.issues, value, "schedule").join("; ");
}

/** When it is due first after `now`, or at all where it is due once; `undefined` for one that is disabled or never due. */
export function dueMs(request: CreateSchedule, now: EpochMs): number | undefined {
	const { ScheduleExpression: expression, ScheduleExpressionTimezone: timeZone = "UTC", State } = request;
	if (State === "DISABLED") return undefined;
	const cron = cronIn(expression);
	if (cron === undefined) return Date.parse(`${expression.slice(3, -1)}Z`);
	return nextTimes({ kind: "cron", cron, timeZone }, now, 1)[0];
}

export const isRecurring = ({ ScheduleExpression }: CreateSchedule): boolean => !ONE_TIME.test(ScheduleExpression);
