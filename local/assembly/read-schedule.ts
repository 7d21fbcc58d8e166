/** Reads an AWS::Scheduler::Schedule that calls a function at a steady rate. Other schedules are refused: nothing here would keep them. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import { numberProperty, type ReadContext, readProperties } from "./read-properties.ts";

export interface SchedulePlan {
	readonly stack: string;
	readonly logicalId: string;
	readonly everySeconds: number;
	/** The function's ARN, without version or alias. */
	readonly functionArn: string;
	/** What the function is called with. */
	readonly event: unknown;
}

const rules = {
	honoured: z.object({
		ScheduleExpression: z.string(),
		State: z.optional(z.enum(["ENABLED", "DISABLED"])),
		FlexibleTimeWindow: z.object({ Mode: z.literal("OFF") }),
		Target: z.object({
			Arn: z.string(),
			RoleArn: z.string(),
			Input: z.optional(z.string()),
			// The next call comes soon enough here.
			RetryPolicy: z.optional(z.object({ MaximumRetryAttempts: z.optional(numberProperty) })),
		}),
	}),
	harmless: ["Description", "GroupName", "KmsKeyArn", "Name", "ScheduleExpressionTimezone"],
};

const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/** `undefined` for one that is disabled. @throws MillraceError `template-unsupported` */
export function readSchedule(context: ReadContext, stack: AssemblyStack, logicalId: string): SchedulePlan | undefined {
	const { ScheduleExpression, State, Target } = readProperties(context, stack, logicalId, rules);
	const [, count = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
	const seconds = Number(count) * (unitSeconds[unit] ?? 0);
	if (!(seconds > 0) || !Target.Arn.startsWith("arn:aws:lambda:")) {
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: ${logicalId} (AWS::Scheduler::Schedule): only schedules that call a function at a rate run here; got ${ScheduleExpression} for ${Target.Arn}.`,
			{ details: { stack: stack.name, logicalId } },
		);
	}
	if (State === "DISABLED") return undefined;
	return {
		stack: stack.name,
		logicalId,
		everySeconds: seconds,
		functionArn: Target.Arn.split(":").slice(0, 7).join(":"),
		event: JSON.parse(Target.Input ?? "{}"),
	};
}
