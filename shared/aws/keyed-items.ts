/**
 * Small items of the runs table under keys that no run id can be: limiters, slots, breakers, debounce keys, schedules. Each is read consistently
 * and changed by one conditional UpdateItem of a write unit; what stood in the way of a change comes back with the refusal.
 */
import {
	type AttributeValue,
	BatchGetItemCommand,
	ConditionalCheckFailedException,
	GetItemCommand,
	UpdateItemCommand,
	type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { DYNAMODB_BATCH_GET_MAX } from "../kernel/limits.ts";
import { runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";
import { inChunks } from "./in-parallel.ts";

export type Item = Record<string, AttributeValue>;
export type ItemChange = Omit<UpdateItemCommandInput, "TableName" | "Key">;

export interface RunsTable {
	readonly client: DynamoDb;
	readonly tableName: string;
}

export interface ItemUpdate {
	readonly done: boolean;
	/** As it is after the update, or what stood in its way: absent where there was none, and where the endpoint does not say. */
	readonly item: Item | undefined;
}

export interface KeyedItems {
	keyOf(name: string): Item;
	nameOf(item: Item): string;
	/** @throws MillraceError `store-failed` */
	look(name: string): Promise<Item | undefined>;
	/** In the order of the names. @throws MillraceError `store-failed` */
	lookMany(names: readonly string[]): Promise<readonly (Item | undefined)[]>;
	/** @throws MillraceError `store-failed` */
	update(name: string, change: ItemChange): Promise<ItemUpdate>;
}

export const number = (value: number): AttributeValue => ({ N: String(value) });
export const text = (value: string): AttributeValue => ({ S: value });

/** @param what An item of this kind, for errors: "limiter". */
export function createKeyedItems({ client, tableName }: RunsTable, prefix: string, what: string): KeyedItems {
	const keyOf = (name: string): Item => ({ [runTable.partitionKey]: text(`${prefix}${name}`) });
	const nameOf = (item: Item): string => (item[runTable.partitionKey]?.S ?? "").slice(prefix.length);
	const failure = (operation: string, name: string, error: unknown) =>
		awsFailure("store-failed", `DynamoDB ${operation} of ${what} ${name} in table ${tableName}`, error);
	return {
		keyOf,
		nameOf,
		async look(name) {
			try {
				const command = new GetItemCommand({ TableName: tableName, Key: keyOf(name), ConsistentRead: true });
				return (await client.send(command)).Item;
			} catch (error) {
				throw failure("GetItem", name, error);
			}
		},
		async lookMany(names) {
			const found = new Map<string, Item>();
			for (const chunk of inChunks([...new Set(names)], DYNAMODB_BATCH_GET_MAX)) {
				for (let keys = chunk.map(keyOf); keys.length > 0; ) {
					try {
						const request = { [tableName]: { Keys: keys, ConsistentRead: true } };
						const answer = await client.send(new BatchGetItemCommand({ RequestItems: request }));
						for (const item of answer.Responses?.[tableName] ?? []) found.set(nameOf(item), item);
						keys = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
					} catch (error) {
						throw awsFailure("store-failed", `DynamoDB BatchGetItem of ${what}s in table ${tableName}`, error);
					}
				}
			}
			return names.map((name) => found.get(name));
		},
		async update(name, change) {
			try {
				const command = new UpdateItemCommand({
					TableName: tableName,
					Key: keyOf(name),
					ReturnValues: "ALL_NEW",
					...(change.ConditionExpression === undefined ? {} : { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
					...change,
				});
				return { done: true, item: (await client.send(command)).Attributes };
			} catch (error) {
				if (error instanceof ConditionalCheckFailedException) return { done: false, item: error.Item };
				throw failure("UpdateItem", name, error);
			}
		},
	};
}
