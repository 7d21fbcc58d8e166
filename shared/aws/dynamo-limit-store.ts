/**
 * The limit store in the runs table: one item a limiter, under a key that no run id can be. Taking tickets is one UpdateItem of a write
 * unit and adds to a count, so contenders never undo each other. An answer that is lost loses tickets, never gives one out twice.
 */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	GetItemCommand,
	UpdateItemCommand,
	type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { RateOverride } from "../job/rate-limit.ts";
import { epochMs } from "../kernel/time.ts";
import type { LimiterState, LimitStore, Timetable } from "../ports/limit-store.ts";
import { LIMITER_KEY_PREFIX, runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";

type Item = Record<string, AttributeValue>;

/** Columns. cn: tickets taken. sa: the latest time seen. rv: the timetable's revision. tt, ov: timetable and override as JSON. */
const number = (value: number): AttributeValue => ({ N: String(value) });

export function createDynamoLimitStore(options: { readonly client: DynamoDb; readonly tableName: string }): LimitStore {
	const { client, tableName } = options;
	const keyOf = (limiter: string): Item => ({ [runTable.partitionKey]: { S: `${LIMITER_KEY_PREFIX}${limiter}` } });

	async function look(limiter: string): Promise<LimiterState> {
		try {
			const command = new GetItemCommand({ TableName: tableName, Key: keyOf(limiter), ConsistentRead: true });
			return stateIn((await client.send(command)).Item);
		} catch (error) {
			throw awsFailure("store-failed", `DynamoDB GetItem of limiter ${limiter} in table ${tableName}`, error);
		}
	}

	/** With the state as it is after the update, or as it stood in its way. */
	async function update(
		limiter: string,
		change: Pick<
			UpdateItemCommandInput,
			"UpdateExpression" | "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
		>,
	): Promise<{ readonly done: boolean; readonly state: LimiterState }> {
		try {
			const command = new UpdateItemCommand({
				TableName: tableName,
				Key: keyOf(limiter),
				ReturnValues: "ALL_NEW",
				ReturnValuesOnConditionCheckFailure: "ALL_OLD",
				...change,
			});
			return { done: true, state: stateIn((await client.send(command)).Attributes) };
		} catch (error) {
			if (!(error instanceof ConditionalCheckFailedException)) {
				throw awsFailure("store-failed", `DynamoDB UpdateItem of limiter ${limiter} in table ${tableName}`, error);
			}
			// Some endpoints don't say what stood there.
			return { done: false, state: error.Item === undefined ? await look(limiter) : stateIn(error.Item) };
		}
	}

	return {
		look,
		async take(limiter, { count, now, seenAtMax, idleSecondsMax }) {
			const values = { ":count": number(count), ":now": number(now), ":seen": number(seenAtMax) };
			const ConditionExpression = "attribute_not_exists(sa) OR sa <= :seen";
			const { done, state } = await update(
				limiter,
				idleSecondsMax === undefined
					? { UpdateExpression: "SET sa = :now ADD cn :count", ConditionExpression, ExpressionAttributeValues: values }
					: {
							UpdateExpression: "SET sa = :now, #ttl = :ttl ADD cn :count",
							ConditionExpression,
							ExpressionAttributeNames: { "#ttl": runTable.expiryAttribute },
							ExpressionAttributeValues: { ...values, ":ttl": number(Math.ceil(now / 1000) + idleSecondsMax) },
						},
			);
			return { taken: done, state };
		},
		async plan(limiter, { revision, takenMax, timetable }) {
			const same = revision === 0 ? "attribute_not_exists(rv)" : "rv = :revision";
			const { state } = await update(limiter, {
				UpdateExpression: "SET rv = :next, tt = :timetable",
				ConditionExpression: takenMax === undefined ? same : `${same} AND cn <= :max`,
				ExpressionAttributeValues: {
					":next": number(timetable.revision),
					":timetable": { S: JSON.stringify(timetable) },
					...(revision === 0 ? {} : { ":revision": number(revision) }),
					...(takenMax === undefined ? {} : { ":max": number(takenMax) }),
				},
			});
			return state;
		},
		async override(limiter, override) {
			const change =
				override === undefined
					? { UpdateExpression: "REMOVE ov" }
					: {
							UpdateExpression: "SET ov = :override",
							ExpressionAttributeValues: { ":override": { S: JSON.stringify(override) } },
						};
			return (await update(limiter, change)).state;
		},
	};
}

function stateIn(item: Item | undefined): LimiterState {
	const timetable = item?.["tt"]?.S;
	const override = item?.["ov"]?.S;
	return {
		taken: Number(item?.["cn"]?.N ?? 0),
		seenAt: epochMs(Number(item?.["sa"]?.N ?? 0)),
		...(timetable === undefined ? {} : { timetable: JSON.parse(timetable) as Timetable }),
		...(override === undefined ? {} : { override: JSON.parse(override) as RateOverride }),
	};
}
