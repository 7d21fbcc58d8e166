/**
 * Small items of the runs table under keys that no run id can be: limiters, slots, breakers, debounce keys, schedules. Each is read consistently
 * and changed by one conditional UpdateItem of a write unit; what stood in the way of a change comes back with the refusal.
 */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	GetItemCommand,
	UpdateItemCommand,
	type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";

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
	/** @throws MillraceError `store-failed` */
	look(name: string): Promise<Item | undefined>;
	/** @throws MillraceError `store-failed` */
	update(name: string, change: ItemChange): Promise<ItemUpdate>;
}

export const number = (value: number): AttributeValue => ({ N: String(value) });
export const text = (value: string): AttributeValue => ({ S: value });

/** @param what An item of this kind, for errors: "limiter". */
export function createKeyedItems({ client, tableName }: RunsTable, prefix: string, what: string): KeyedItems {
	const keyOf = (name: string): Item => ({ [runTable.partitionKey]: text(`${prefix}${name}`) });
	const failure = (operation: string, name: string, error: unknown) =>
		awsFailure("store-failed", `DynamoDB ${operation} of ${what} ${name} in table ${tableName}`, error);
	return {
		keyOf,
		async look(name) {
			try {
				const command = new GetItemCommand({ TableName: tableName, Key: keyOf(name), ConsistentRead: true });
				return (await client.send(command)).Item;
			} catch (error) {
				throw failure("GetItem", name, error);
			}
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
