/** Reads an AWS::DynamoDB::Table or ::GlobalTable into the CreateTable request of the DynamoDB emulator, and its TTL attribute. */
import * as z from "zod/mini";
import type { AssemblyStack } from "./read-assembly.ts";
import { booleanProperty, type ReadContext, readProperties } from "./read-properties.ts";

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));
const projection = z.object({
	ProjectionType: z.optional(z.string()),
	NonKeyAttributes: z.optional(z.array(z.string())),
});
const index = z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: projection });
type TableIndex = z.infer<typeof index>;

export interface TablePlan {
	readonly stack: string;
	readonly logicalId: string;
	readonly name: string;
	readonly attributes: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
	readonly keys: z.infer<typeof keySchema>;
	readonly globalIndexes: readonly TableIndex[];
	readonly localIndexes: readonly TableIndex[];
	/** Items whose number in this attribute lies in the past are removed. */
	readonly ttlAttribute?: string;
}

const rules = {
	honoured: z.object({
		TableName: z.optional(z.string()),
		AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) })),
		KeySchema: keySchema,
		GlobalSecondaryIndexes: z.optional(z.array(index)),
		LocalSecondaryIndexes: z.optional(z.array(index)),
		TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.optional(z.string()), Enabled: booleanProperty })),
	}),
	harmless: [
		"BillingMode",
		"ContributorInsightsSpecification",
		"DeletionProtectionEnabled",
		"OnDemandThroughput",
		"PointInTimeRecoverySpecification",
		"ProvisionedThroughput",
		"Replicas",
		"ResourcePolicy",
		"SSESpecification",
		"TableClass",
		"Tags",
		"WarmThroughput",
		"WriteOnDemandThroughputSettings",
		"WriteProvisionedThroughputSettings",
	],
};

export function readTable(context: ReadContext, stack: AssemblyStack, logicalId: string, name: string): TablePlan {
	const properties = readProperties(context, stack, logicalId, rules);
	const ttl = properties.TimeToLiveSpecification;
	return {
		stack: stack.name,
		logicalId,
		name,
		attributes: properties.AttributeDefinitions,
		keys: properties.KeySchema,
		globalIndexes: properties.GlobalSecondaryIndexes ?? [],
		localIndexes: properties.LocalSecondaryIndexes ?? [],
		...(ttl?.Enabled === true && ttl.AttributeName !== undefined ? { ttlAttribute: ttl.AttributeName } : {}),
	};
}
