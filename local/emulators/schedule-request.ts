/** What CreateSchedule may ask for here: one-time schedules that send to a queue, refused where AWS refuses them. */
import * as z from "zod/mini";
import { SCHEDULE_INPUT_BYTES_MAX, SCHEDULE_RETRIES_MAX } from "../../shared/kernel/limits.ts";
import { describeIssues } from "../../shared/wire/describe-issues.ts";

const sizeOf = (text: string): number => Buffer.byteLength(text, "utf8");

const createScheduleSchema = z.strictObject({
	GroupName: z.string(),
	Description: z.optional(z.string().check(z.maxLength(512))),
	ClientToken: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
	ScheduleExpression: z
		.string()
		.check(
			z.regex(/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/, "only one-time schedules, at(yyyy-mm-ddThh:mm:ss), run here"),
		),
	ScheduleExpressionTimezone: z.optional(z.literal("UTC")),
	FlexibleTimeWindow: z.strictObject({ Mode: z.literal("OFF") }),
	ActionAfterCompletion: z.literal("DELETE"),
	State: z.optional(z.literal("ENABLED")),
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

export const dueMs = ({ ScheduleExpression }: CreateSchedule): number =>
	Date.parse(`${ScheduleExpression.slice(3, -1)}Z`);
