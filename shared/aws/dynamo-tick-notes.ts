/**
 * What workers note of schedules' ticks in the runs table: one item a schedule. What operators do with it is in dynamo-schedule-registry.ts, which
 * no worker loads.
 */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	GetItemCommand,
	UpdateItemCommand,
	type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { runId } from "../kernel/ids.ts";
import { epochMs } from "../kernel/time.ts";
import type { NotedTick, ScheduleRecord, ScheduleRegistry } from "../ports/schedule-registry.ts";
import { runTable, SCHEDULE_KEY_PREFIX, SCHEDULE_LISTING } from "../wire/run-table.ts";
import type { StoredSchedule } from "../wire/schedule-definition.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";

export type ScheduleItem = Record<string, AttributeValue>;
type Change = Pick<
	UpdateItemCommandInput,
	"UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues" | "ReturnValues"
>;

export interface ScheduleTable {
	readonly client: DynamoDb;
	readonly tableName: string;
}

/**
 * Columns. df: the definition as JSON. ds: why it is disabled. ta, tr, tn: the latest tick's time, run, and when it was noted. gr, gn: the
 * one that is going. wr, wn: the one that waits. mc, ml, mu: missed ones, the latest, and up to where was looked.
 */
export const number = (value: number): AttributeValue => ({ N: String(value) });
export const text = (value: string): AttributeValue => ({ S: value });
export const keyOfSchedule = (name: string): ScheduleItem => ({
	[runTable.partitionKey]: text(`${SCHEDULE_KEY_PREFIX}${name}`),
});
export const aboutSchedule = (operation: string, name: string, tableName: string): string =>
	`DynamoDB ${operation} of schedule ${name} in table ${tableName}`;

/** What goes on in `SET` after the columns that list it. `undefined`: the condition did not hold. */
export async function updateSchedule(
	{ client, tableName }: ScheduleTable,
	name: string,
	{ UpdateExpression, ExpressionAttributeValues, ...change }: Change,
): Promise<ScheduleItem | undefined> {
	const { partitionKey, sortKey } = runTable.recentIndex;
	try {
		const command = new UpdateItemCommand({
			TableName: tableName,
			Key: keyOfSchedule(name),
			UpdateExpression: `SET ${partitionKey} = :list, ${sortKey} = :name${UpdateExpression}`,
			ExpressionAttributeValues: {
				":list": text(SCHEDULE_LISTING),
				":name": text(name),
				...ExpressionAttributeValues,
			},
			...change,
		});
		return (await client.send(command)).Attributes ?? {};
	} catch (error) {
		if (error instanceof ConditionalCheckFailedException) return undefined;
		throw awsFailure("store-failed", aboutSchedule("UpdateItem", name, tableName), error);
	}
}

export function createDynamoTickNotes(
	table: ScheduleTable,
): Pick<ScheduleRegistry, "admit" | "look" | "noteTick" | "noteWaiting"> {
	async function get(name: string): Promise<ScheduleRecord | undefined> {
		const { client, tableName } = table;
		try {
			const command = new GetItemCommand({ TableName: tableName, Key: keyOfSchedule(name), ConsistentRead: true });
			const { Item } = await client.send(command);
			return Item === undefined ? undefined : recordOfSchedule(Item);
		} catch (error) {
			throw awsFailure("store-failed", aboutSchedule("GetItem", name, tableName), error);
		}
	}

	return {
		async noteTick(name, { at, runId: run, now }) {
			const noted = await updateSchedule(table, name, {
				UpdateExpression: ", ta = :at, tr = :run, tn = :now",
				ConditionExpression: "attribute_not_exists(ta) OR ta < :at",
				ExpressionAttributeValues: {
					":at": number(at),
					":run": text(run),
					":now": number(now),
				},
				ReturnValues: "ALL_NEW",
			});
			const record = noted === undefined ? await get(name) : recordOfSchedule(noted);
			return record ?? { name, missed: { count: 0 } };
		},
		look: get,
		async admit(name, { runId: run, notedAt }, over) {
			const before = over === undefined ? "attribute_not_exists(gr)" : "gr = :over";
			const admitted = await updateSchedule(table, name, {
				UpdateExpression: ", gr = :run, gn = :now REMOVE wr, wn",
				ConditionExpression: `${before} OR gr = :run`,
				ExpressionAttributeValues: {
					":run": text(run),
					":now": number(notedAt),
					...(over === undefined ? {} : { ":over": text(over) }),
				},
			});
			return admitted !== undefined;
		},
		async noteWaiting(name, waiting) {
			await updateSchedule(table, name, {
				UpdateExpression: ", wr = :run, wn = :now",
				ExpressionAttributeValues: { ":run": text(waiting.runId), ":now": number(waiting.notedAt) },
			});
		},
	};
}

export const nameOfSchedule = (item: ScheduleItem): string =>
	(item[runTable.partitionKey]?.S ?? "").slice(SCHEDULE_KEY_PREFIX.length);

export function recordOfSchedule(item: ScheduleItem): ScheduleRecord {
	const instant = (column: string) => {
		const value = item[column]?.N;
		return value === undefined ? undefined : epochMs(Number(value));
	};
	const tick = (run: string, noted: string): NotedTick | undefined => {
		const id = item[run]?.S;
		const notedAt = instant(noted);
		return id === undefined || id === "" || notedAt === undefined ? undefined : { runId: runId(id), notedAt };
	};
	const definition = item["df"]?.S;
	const disabled = item["ds"]?.S;
	const at = instant("ta");
	const latest = tick("tr", "tn");
	const going = tick("gr", "gn");
	const waiting = tick("wr", "wn");
	const latestMissed = instant("ml");
	const until = instant("mu");
	return {
		name: nameOfSchedule(item),
		...(definition === undefined ? {} : { definition: JSON.parse(definition) as StoredSchedule }),
		...(disabled === undefined ? {} : { disabled }),
		...(latest === undefined || at === undefined ? {} : { latest: { ...latest, at } }),
		...(going === undefined ? {} : { going }),
		...(waiting === undefined ? {} : { waiting }),
		missed: {
			count: Number(item["mc"]?.N ?? 0),
			...(latestMissed === undefined ? {} : { latest: latestMissed }),
			...(until === undefined ? {} : { until }),
		},
	};
}
