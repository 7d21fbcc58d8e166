/** The debounce store in the runs table: one item a key, under a key that no run id can be. Each call is one UpdateItem of a write unit. */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	GetItemCommand,
	UpdateItemCommand,
	type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { invariant } from "../kernel/errors.ts";
import { runId } from "../kernel/ids.ts";
import { epochMs } from "../kernel/time.ts";
import type { DebounceStore, LatestEnqueue } from "../ports/debounce-store.ts";
import { DEBOUNCE_KEY_PREFIX, runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";

type Item = Record<string, AttributeValue>;

/** Columns. rn: the run. sa: when its message was sent. bg: since when somebody waits. */
export function createDynamoDebounceStore({
	client,
	tableName,
}: {
	readonly client: DynamoDb;
	readonly tableName: string;
}): DebounceStore {
	/** The item as it is after the update, or as it stood in its way. */
	async function update(
		key: string,
		change: Omit<UpdateItemCommandInput, "TableName" | "Key">,
	): Promise<LatestEnqueue | undefined> {
		const Key = { [runTable.partitionKey]: { S: `${DEBOUNCE_KEY_PREFIX}${key}` } };
		const at = { TableName: tableName, Key };
		try {
			try {
				const command = new UpdateItemCommand({
					...at,
					ReturnValues: "ALL_NEW",
					ReturnValuesOnConditionCheckFailure: "ALL_OLD",
					...change,
				});
				return latestIn((await client.send(command)).Attributes);
			} catch (error) {
				if (!(error instanceof ConditionalCheckFailedException)) throw error;
				// Some endpoints don't say what stood there.
				if (error.Item !== undefined) return latestIn(error.Item);
				return latestIn((await client.send(new GetItemCommand({ ...at, ConsistentRead: true }))).Item);
			}
		} catch (error) {
			throw awsFailure("store-failed", `DynamoDB UpdateItem of debounce key ${key} in table ${tableName}`, error);
		}
	}

	return {
		async note(key, { run, sentAt }, { now, expiresAt }) {
			const latest = await update(key, {
				UpdateExpression: "SET rn = :run, sa = :sent, bg = if_not_exists(bg, :now), #ttl = :ttl",
				ConditionExpression: "attribute_not_exists(rn) OR sa < :sent OR (sa = :sent AND rn < :run)",
				ExpressionAttributeNames: { "#ttl": runTable.expiryAttribute },
				ExpressionAttributeValues: {
					":run": { S: run },
					":sent": { N: String(sentAt) },
					":now": { N: String(now) },
					":ttl": { N: String(expiresAt) },
				},
			});
			invariant(latest !== undefined, "what stands in the way of an enqueue is there");
			return latest;
		},
		endWait: (key, { run, sentAt }) =>
			update(key, {
				UpdateExpression: "REMOVE bg",
				ConditionExpression: "rn = :run AND sa = :sent",
				ExpressionAttributeValues: { ":run": { S: run }, ":sent": { N: String(sentAt) } },
			}),
	};
}

function latestIn(item: Item | undefined): LatestEnqueue | undefined {
	const run = item?.["rn"]?.S;
	if (run === undefined) return undefined;
	const since = item?.["bg"]?.N;
	return {
		run: runId(run),
		sentAt: epochMs(Number(item?.["sa"]?.N)),
		...(since === undefined ? {} : { since: epochMs(Number(since)) }),
	};
}
