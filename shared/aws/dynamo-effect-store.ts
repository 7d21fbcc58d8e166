/** The effect store in the runs table: one item for each effect, under a key that no run id can be. One write unit an effect while it is small. */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	type DynamoDBClient,
	GetItemCommand,
	PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { RunId } from "../kernel/ids.ts";
import type { EffectStore } from "../ports/effect-store.ts";
import type { StoredResult } from "../ports/job-store.ts";
import { EFFECT_KEY_PREFIX, runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import { readStored, writeStored } from "./run-settlement.ts";

type Item = Record<string, AttributeValue>;

export function createDynamoEffectStore({
	client,
	tableName,
}: {
	readonly client: DynamoDBClient;
	readonly tableName: string;
}): EffectStore {
	const keyOf = (run: RunId, key: string): Item => ({
		[runTable.partitionKey]: { S: `${EFFECT_KEY_PREFIX}${run}#${key}` },
	});
	/** Column rs: the result, as JSON. */
	const resultIn = (item: Item | undefined): StoredResult | undefined => readStored(item?.["rs"]?.S);

	const read: EffectStore["read"] = async (run, key) => {
		try {
			const command = new GetItemCommand({ TableName: tableName, Key: keyOf(run, key), ConsistentRead: true });
			return resultIn((await client.send(command)).Item);
		} catch (error) {
			throw awsFailure("store-failed", `DynamoDB GetItem of an effect of run ${run} in table ${tableName}`, error);
		}
	};

	return {
		read,
		async keep(run, key, result, expiresAt) {
			try {
				await client.send(
					new PutItemCommand({
						TableName: tableName,
						Item: {
							...keyOf(run, key),
							rs: { S: writeStored(result) },
							[runTable.expiryAttribute]: { N: String(expiresAt) },
						},
						ConditionExpression: "attribute_not_exists(pk)",
						ReturnValuesOnConditionCheckFailure: "ALL_OLD",
					}),
				);
				return result;
			} catch (error) {
				if (!(error instanceof ConditionalCheckFailedException)) {
					throw awsFailure("store-failed", `DynamoDB PutItem of an effect of run ${run} to table ${tableName}`, error);
				}
				// Some endpoints don't say what stood there.
				return resultIn(error.Item) ?? (await read(run, key)) ?? result;
			}
		},
	};
}
