/** Reads an AWS::SQS::Queue into the attributes that the SQS emulator takes. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import { booleanProperty, numberProperty, type ReadContext, readProperties } from "./read-properties.ts";

export interface QueuePlan {
	readonly stack: string;
	readonly logicalId: string;
	readonly name: string;
	/** As SQS spells them: text values. */
	readonly attributes: Readonly<Record<string, string>>;
}

const seconds = (max: number) => z.optional(numberProperty.check(z.int(), z.gte(0), z.lte(max)));

const rules = {
	honoured: z.object({
		QueueName: z.optional(z.string()),
		VisibilityTimeout: seconds(43_200),
		DelaySeconds: seconds(900),
		MessageRetentionPeriod: seconds(1_209_600),
		MaximumMessageSize: z.optional(numberProperty),
		ReceiveMessageWaitTimeSeconds: seconds(20),
		RedrivePolicy: z.optional(
			z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: numberProperty.check(z.int(), z.gte(1)) }),
		),
		FifoQueue: z.optional(booleanProperty),
	}),
	harmless: ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "RedriveAllowPolicy", "SqsManagedSseEnabled", "Tags"],
};

export function readQueue(context: ReadContext, stack: AssemblyStack, logicalId: string, name: string): QueuePlan {
	const properties = readProperties(context, stack, logicalId, rules);
	if (properties.FifoQueue === true) {
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: ${logicalId} is a FIFO queue, and only standard queues run on one machine. Use a standard queue.`,
			{ details: { stack: stack.name, logicalId } },
		);
	}
	const attributes: Record<string, string> = {};
	const numbers = [
		"VisibilityTimeout",
		"DelaySeconds",
		"MessageRetentionPeriod",
		"MaximumMessageSize",
		"ReceiveMessageWaitTimeSeconds",
	] as const;
	for (const key of numbers) {
		const value = properties[key];
		if (value !== undefined) attributes[key] = String(value);
	}
	if (properties.RedrivePolicy !== undefined) attributes["RedrivePolicy"] = JSON.stringify(properties.RedrivePolicy);
	return { stack: stack.name, logicalId, name, attributes };
}
