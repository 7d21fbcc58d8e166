/** Reads an AWS::Scheduler::Schedule that sends to a queue, as the request that makes it. */
import * as z from "zod/mini";
import type { AssemblyStack } from "./read-assembly.ts";
import { numberProperty, type ReadContext, readProperties } from "./read-properties.ts";

export interface TickPlan {
	readonly name: string;
	/** Of CreateSchedule, which spells its fields as the template does. */
	readonly request: object;
}

const rules = {
	honoured: z.object({
		Description: z.optional(z.string()),
		FlexibleTimeWindow: z.object({ Mode: z.literal("OFF") }),
		GroupName: z.string(),
		Name: z.string(),
		ScheduleExpression: z.string(),
		ScheduleExpressionTimezone: z.optional(z.string()),
		State: z.optional(z.string()),
		Target: z.object({
			Arn: z.string(),
			RoleArn: z.string(),
			Input: z.string(),
			RetryPolicy: z.optional(
				z.object({ MaximumEventAgeInSeconds: numberProperty, MaximumRetryAttempts: numberProperty }),
			),
			DeadLetterConfig: z.optional(z.object({ Arn: z.string() })),
		}),
	}),
	harmless: ["KmsKeyArn"],
};

export function isTick({ resolver }: ReadContext, stack: AssemblyStack, logicalId: string): boolean {
	const target: unknown = stack.template.Resources[logicalId]?.Properties?.["Target"];
	const arn = typeof target === "object" && target !== null && "Arn" in target ? target.Arn : undefined;
	return String(resolver.resolve(stack, arn, `${logicalId}.Target.Arn`)).startsWith("arn:aws:sqs:");
}

/** @throws MillraceError `template-unsupported` */
export function readTick(context: ReadContext, stack: AssemblyStack, logicalId: string): TickPlan {
	const { Name: name, ...request } = readProperties(context, stack, logicalId, rules);
	return { name, request };
}
