/** Reads an AWS::Lambda::EventSourceMapping from an SQS queue, with the bounds that AWS puts on its numbers. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import {
	MAPPING_BATCH_MAX,
	MAPPING_CONCURRENCY_MAX,
	MAPPING_CONCURRENCY_MIN,
	MAPPING_WINDOW_SECONDS_MAX,
} from "../../shared/kernel/limits.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import { booleanProperty, numberProperty, type ReadContext, readProperties } from "./read-properties.ts";
import { mappingUuid } from "./resource-address.ts";

/** Concurrent invocations of a mapping whose template gives no maximum: where AWS itself starts. */
const DEFAULT_MAXIMUM_CONCURRENCY = 5;

export interface MappingPlan {
	readonly stack: string;
	readonly logicalId: string;
	readonly uuid: string;
	readonly queueArn: string;
	/** The function's ARN, without version or alias. */
	readonly functionArn: string;
	readonly enabled: boolean;
	readonly batchSize: number;
	readonly windowSeconds: number;
	readonly maximumConcurrency: number;
	readonly reportBatchItemFailures: boolean;
	/** The profile that it is deployed under is among them. */
	readonly tags: Readonly<Record<string, string>>;
}

const rules = {
	honoured: z.object({
		EventSourceArn: z.string(),
		FunctionName: z.string(),
		Enabled: z.optional(booleanProperty),
		BatchSize: z.optional(numberProperty.check(z.int(), z.gte(1), z.lte(MAPPING_BATCH_MAX))),
		MaximumBatchingWindowInSeconds: z.optional(
			numberProperty.check(z.int(), z.gte(0), z.lte(MAPPING_WINDOW_SECONDS_MAX)),
		),
		ScalingConfig: z.optional(
			z.strictObject({
				MaximumConcurrency: z.optional(
					numberProperty.check(z.int(), z.gte(MAPPING_CONCURRENCY_MIN), z.lte(MAPPING_CONCURRENCY_MAX)),
				),
			}),
		),
		FunctionResponseTypes: z.optional(z.array(z.literal("ReportBatchItemFailures"))),
		Tags: z.optional(z.array(z.object({ Key: z.string(), Value: z.string() }))),
	}),
	harmless: ["KmsKeyArn", "LoggingConfig", "MetricsConfig"],
};

function refuse(stack: AssemblyStack, logicalId: string, why: string): MillraceError {
	return new MillraceError(
		"template-unsupported",
		`${stack.name}: ${logicalId} (AWS::Lambda::EventSourceMapping): ${why}`,
		{
			details: { stack: stack.name, logicalId },
		},
	);
}

/** A function is named by name, ARN, or ARN with version or alias; local addresses give its ARN for any of them. */
function functionArnOf(functionName: string, arnOfName: (name: string) => string): string {
	if (!functionName.startsWith("arn:")) return arnOfName(functionName.split(":")[0] ?? functionName);
	return functionName.split(":").slice(0, 7).join(":");
}

export function readMapping(
	context: ReadContext,
	stack: AssemblyStack,
	logicalId: string,
	arnOfName: (name: string) => string,
): MappingPlan {
	const properties = readProperties(context, stack, logicalId, rules);
	if (!properties.EventSourceArn.startsWith("arn:aws:sqs:"))
		throw refuse(stack, logicalId, `only SQS queues feed functions here, not ${properties.EventSourceArn}.`);
	const batchSize = properties.BatchSize ?? 10;
	const windowSeconds = properties.MaximumBatchingWindowInSeconds ?? 0;
	if (batchSize > 10 && windowSeconds < 1)
		throw refuse(stack, logicalId, `a BatchSize of ${batchSize} needs a MaximumBatchingWindowInSeconds of at least 1.`);
	return {
		stack: stack.name,
		logicalId,
		uuid: mappingUuid(stack.name, logicalId),
		queueArn: properties.EventSourceArn,
		functionArn: functionArnOf(properties.FunctionName, arnOfName),
		enabled: properties.Enabled ?? true,
		batchSize,
		windowSeconds,
		maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency ?? DEFAULT_MAXIMUM_CONCURRENCY,
		reportBatchItemFailures: (properties.FunctionResponseTypes ?? []).length > 0,
		tags: Object.fromEntries((properties.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
	};
}
