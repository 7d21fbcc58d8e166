/** The table port over DynamoDB. Splits batches, repeats what DynamoDB left unprocessed, and turns its errors into JobErrors. */
import { setTimeout as sleep } from "node:timers/promises";
import {
	type AttributeValue,
	BatchGetItemCommand,
	BatchWriteItemCommand,
	ConditionalCheckFailedException,
	type DynamoDBClient,
	PutItemCommand,
	QueryCommand,
	UpdateItemCommand,
	type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { JobError } from "../../../../shared/job/index.ts";
import { DYNAMODB_BATCH_GET_MAX, DYNAMODB_BATCH_WRITE_MAX } from "../../../../shared/kernel/limits.ts";
import { toJobError } from "./dynamo-error.ts";
import { fromAttributes, toAttribute, toAttributes } from "./marshal.ts";
import type { Condition, Item, Key, RangeQuery, Table } from "./table.ts";

/** Batches under way at the same time. */
const BATCHES_AT_ONCE = 4;
/** Times that unprocessed entries are sent again, waiting 50 ms, 100 ms, … 3.2 s in between: 6.3 s in all. */
const UNPROCESSED_ROUNDS_MAX = 7;

export function createDynamoTable(client: DynamoDBClient, tableName: string): Table {
	const call = async <Result>(what: string, request: () => Promise<Result>): Promise<Result> => {
		try {
			return await request();
		} catch (error) {
			throw toJobError(error, what, tableName);
		}
	};

	const conditionally = async (what: string, request: () => Promise<unknown>): Promise<boolean> =>
		call(what, async () => {
			try {
				await request();
				return true;
			} catch (error) {
				if (error instanceof ConditionalCheckFailedException) return false;
				throw error;
			}
		});

	async function getBatch(keys: readonly Key[]): Promise<readonly Item[]> {
		const found: Item[] = [];
		let pending: Record<string, AttributeValue>[] = keys.map(toKey);
		for (let round = 0; pending.length > 0; round++) {
			await waitBefore(round, "read");
			const answer = await call("read", () =>
				client.send(
					new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: pending, ConsistentRead: true } } }),
				),
			);
			found.push(...(answer.Responses?.[tableName] ?? []).map(fromAttributes));
			pending = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
		}
		return found;
	}

	async function writeBatch(requests: readonly WriteRequest[]): Promise<void> {
		let pending: WriteRequest[] = [...requests];
		for (let round = 0; pending.length > 0; round++) {
			await waitBefore(round, "write");
			const answer = await call("write", () =>
				client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: pending } })),
			);
			pending = answer.UnprocessedItems?.[tableName] ?? [];
		}
	}

	return {
		async getMany(keys) {
			const batches = await eachChunk(keys, DYNAMODB_BATCH_GET_MAX, getBatch);
			const byKey = new Map(batches.flat().map((item) => [keyText(item), item]));
			return keys.map((key) => byKey.get(keyText(key)));
		},
		async query(range) {
			const items: Item[] = [];
			let start: Record<string, AttributeValue> | undefined;
			do {
				const limit = range.limit === undefined ? undefined : range.limit - items.length;
				const page = await call("read", () =>
					client.send(
						new QueryCommand({
							TableName: tableName,
							ConsistentRead: true,
							...keyCondition(range),
							ScanIndexForward: !(range.descending ?? false),
							...(limit === undefined ? {} : { Limit: limit }),
							...(start === undefined ? {} : { ExclusiveStartKey: start }),
						}),
					),
				);
				items.push(...(page.Items ?? []).map(fromAttributes));
				start = page.LastEvaluatedKey;
			} while (start !== undefined && (range.limit === undefined || items.length < range.limit));
			return items;
		},
		put: (item, condition) =>
			conditionally("write", () =>
				client.send(
					new PutItemCommand({
						TableName: tableName,
						Item: toAttributes(item),
						...(condition === undefined ? {} : conditionOf(condition)),
					}),
				),
			),
		set: (key, attributes, condition) =>
			conditionally("write", () => {
				const names = Object.keys(attributes);
				const guard = condition === undefined ? undefined : conditionOf(condition);
				return client.send(
					new UpdateItemCommand({
						TableName: tableName,
						Key: toKey(key),
						UpdateExpression: `SET ${names.map((_, index) => `#a${index} = :a${index}`).join(", ")}`,
						...guard,
						ExpressionAttributeNames: {
							...Object.fromEntries(names.map((name, index) => [`#a${index}`, name])),
							...guard?.ExpressionAttributeNames,
						},
						ExpressionAttributeValues: {
							...Object.fromEntries(
								Object.values(attributes).map((value, index) => [`:a${index}`, toAttribute(value)]),
							),
							...guard?.ExpressionAttributeValues,
						},
					}),
				);
			}),
		async addToSet(key, attribute, values) {
			await call("write", () =>
				client.send(
					new UpdateItemCommand({
						TableName: tableName,
						Key: toKey(key),
						UpdateExpression: "ADD #a :a",
						ExpressionAttributeNames: { "#a": attribute },
						ExpressionAttributeValues: { ":a": toAttribute(new Set(values)) },
					}),
				),
			);
		},
		async writeMany({ puts = [], deletes = [] }) {
			const requests: WriteRequest[] = [
				...puts.map((item) => ({ PutRequest: { Item: toAttributes(item) } })),
				...deletes.map((key) => ({ DeleteRequest: { Key: toKey(key) } })),
			];
			await eachChunk(requests, DYNAMODB_BATCH_WRITE_MAX, writeBatch);
		},
	};
}

/** What is given as a key may be a whole item. */
const toKey = ({ pk, sk }: Key): Record<string, AttributeValue> => ({ pk: { S: pk }, sk: { S: sk } });

const keyText = (key: Key): string => `${key.pk}\n${key.sk}`;

/** Runs `perform` over chunks of the list, a few at a time, and returns the results in order. */
async function eachChunk<Entry, Result>(
	list: readonly Entry[],
	size: number,
	perform: (chunk: readonly Entry[]) => Promise<Result>,
): Promise<readonly Result[]> {
	const chunks = Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
		list.slice(index * size, (index + 1) * size),
	);
	const results = new Map<number, Result>();
	const queue = chunks.entries();
	const lane = async (): Promise<void> => {
		for (const [index, chunk] of queue) results.set(index, await perform(chunk));
	};
	await Promise.all(Array.from({ length: Math.min(BATCHES_AT_ONCE, chunks.length) }, lane));
	return [...results].sort(([left], [right]) => left - right).map(([, result]) => result);
}

async function waitBefore(round: number, what: string): Promise<void> {
	if (round === 0) return;
	if (round > UNPROCESSED_ROUNDS_MAX) {
		throw new JobError(
			"database",
			`DynamoDB left entries of a batch ${what} unprocessed ${round} times: it is throttling.`,
		);
	}
	await sleep(25 * 2 ** round);
}

function conditionOf(condition: Condition): {
	ConditionExpression: string;
	ExpressionAttributeNames: Record<string, string>;
	ExpressionAttributeValues?: Record<string, AttributeValue>;
} {
	switch (condition.kind) {
		case "absent":
			return { ConditionExpression: "attribute_not_exists(#c)", ExpressionAttributeNames: { "#c": "pk" } };
		case "equals":
			return {
				ConditionExpression: "#c = :c",
				ExpressionAttributeNames: { "#c": condition.attribute },
				ExpressionAttributeValues: { ":c": toAttribute(condition.value) },
			};
		case "below":
			return {
				ConditionExpression: "attribute_not_exists(#c) OR #c < :c",
				ExpressionAttributeNames: { "#c": condition.attribute },
				ExpressionAttributeValues: { ":c": toAttribute(condition.value) },
			};
	}
}

function keyCondition(range: RangeQuery): {
	KeyConditionExpression: string;
	ExpressionAttributeValues: Record<string, AttributeValue>;
} {
	const bounds: Record<string, AttributeValue> = { ":pk": { S: range.pk } };
	if (range.from !== undefined) bounds[":from"] = { S: range.from };
	if (range.to !== undefined) bounds[":to"] = { S: range.to };
	const sort =
		range.from !== undefined && range.to !== undefined
			? " AND sk BETWEEN :from AND :to"
			: range.from !== undefined
				? " AND sk >= :from"
				: range.to !== undefined
					? " AND sk <= :to"
					: "";
	return { KeyConditionExpression: `pk = :pk${sort}`, ExpressionAttributeValues: bounds };
}
