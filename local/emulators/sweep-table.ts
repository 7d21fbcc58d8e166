/**
 * Removes the expired items of a table, which the emulators leave. Like DynamoDB's own, this comes late and promises no moment;
 * an item whose expiry was moved meanwhile stays.
 */
import type { TablePlan } from "../assembly/read-table.ts";
import { asRecord, type DynamoDbCall, DynamoDbError } from "./dynamodb-call.ts";

/** Gives the number of items removed. */
export async function sweepTable(call: DynamoDbCall, plan: TablePlan, nowSeconds: number): Promise<number> {
	if (plan.ttlAttribute === undefined) return 0;
	const keyNames = plan.keys.map((key) => key.AttributeName);
	const names = Object.fromEntries(keyNames.map((name, position) => [`#k${position}`, name]));
	const expired = { "#ttl": plan.ttlAttribute };
	const now = { ":now": { N: String(nowSeconds) } };
	let removed = 0;
	let startKey: unknown;
	do {
		const page = await call("Scan", {
			TableName: plan.name,
			FilterExpression: "#ttl < :now",
			ProjectionExpression: Object.keys(names).join(", "),
			ExpressionAttributeNames: { ...names, ...expired },
			ExpressionAttributeValues: now,
			...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
		});
		for (const item of Array.isArray(page["Items"]) ? page["Items"] : []) {
			try {
				await call("DeleteItem", {
					TableName: plan.name,
					Key: asRecord(item),
					ConditionExpression: "#ttl < :now",
					ExpressionAttributeNames: expired,
					ExpressionAttributeValues: now,
				});
				removed++;
			} catch (error) {
				if (!(error instanceof DynamoDbError && error.code === "ConditionalCheckFailedException")) throw error;
			}
		}
		startKey = page["LastEvaluatedKey"];
	} while (startKey !== undefined);
	return removed;
}
