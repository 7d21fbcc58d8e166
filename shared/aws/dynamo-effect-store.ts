/** The effect store in the runs table: one item for each effect, under a key that no run id can be. One write unit an effect while it is small. */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	GetItemCommand,
	PutItemCommand,
	UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { epochMs } from "../kernel/time.ts";
import type { Effect, EffectStore } from "../ports/effect-store.ts";
import { EFFECT_KEY_PREFIX, runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";

type Item = Record<string, AttributeValue>;

/** `isOfSameLife`, turned about. An older version's item has no `rw`. */
const IS_OF_ANOTHER_LIFE =
	"attribute_not_exists(pk) OR (bn <> :born AND bn <> :row AND (attribute_not_exists(rw) OR (rw <> :born AND rw <> :row)))";

export function createDynamoEffectStore({
	client,
	tableName,
}: {
	readonly client: DynamoDb;
	readonly tableName: string;
}): EffectStore {
	const keyOf = (scope: string, key: string): Item => ({
		[runTable.partitionKey]: { S: `${EFFECT_KEY_PREFIX}${scope}#${key}` },
	});
	/** Columns. rs: the result, as JSON. bn: when the run was born. rw: when its row was made. */
	function effectIn(item: Item | undefined): Effect | undefined {
		const json = item?.["rs"]?.S;
		const born = item?.["bn"]?.N;
		// An older version's has no row.
		const row = item?.["rw"]?.N ?? born;
		return json === undefined ? undefined : { json, born: epochMs(Number(born)), row: epochMs(Number(row)) };
	}

	const read: EffectStore["read"] = async (scope, key) => {
		try {
			const command = new GetItemCommand({ TableName: tableName, Key: keyOf(scope, key), ConsistentRead: true });
			return effectIn((await client.send(command)).Item);
		} catch (error) {
			throw awsFailure("store-failed", `DynamoDB GetItem of an effect of run ${scope} in table ${tableName}`, error);
		}
	};

	return {
		read,
		async keep(scope, key, effect, expiresAt) {
			try {
				await client.send(
					new PutItemCommand({
						TableName: tableName,
						Item: {
							...keyOf(scope, key),
							rs: { S: effect.json },
							bn: { N: String(effect.born) },
							rw: { N: String(effect.row) },
							[runTable.expiryAttribute]: { N: String(expiresAt) },
						},
						ConditionExpression: IS_OF_ANOTHER_LIFE,
						ExpressionAttributeValues: { ":born": { N: String(effect.born) }, ":row": { N: String(effect.row) } },
						ReturnValuesOnConditionCheckFailure: "ALL_OLD",
					}),
				);
				return effect;
			} catch (error) {
				if (!(error instanceof ConditionalCheckFailedException)) {
					throw awsFailure(
						"store-failed",
						`DynamoDB PutItem of an effect of run ${scope} to table ${tableName}`,
						error,
					);
				}
				// Some endpoints don't say what stood there.
				return effectIn(error.Item) ?? (await read(scope, key)) ?? effect;
			}
		},
		async noteRow(scope, key, { born, row }, expiresAt) {
			try {
				await client.send(
					new UpdateItemCommand({
						TableName: tableName,
						Key: keyOf(scope, key),
						UpdateExpression: "SET rw = :row, #ttl = :ttl",
						ConditionExpression: "bn = :born",
						ExpressionAttributeNames: { "#ttl": runTable.expiryAttribute },
						ExpressionAttributeValues: {
							":row": { N: String(row) },
							":born": { N: String(born) },
							":ttl": { N: String(expiresAt) },
						},
					}),
				);
			} catch (error) {
				if (!(error instanceof ConditionalCheckFailedException)) {
					throw awsFailure(
						"store-failed",
						`DynamoDB UpdateItem of an effect of run ${scope} in table ${tableName}`,
						error,
					);
				}
			}
		},
	};
}
