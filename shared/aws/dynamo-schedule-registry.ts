/** The whole schedule registry in the runs table, for operators: listed by the runs' listing index in a partition of its own. */
import { DeleteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { EpochMs } from "../kernel/time.ts";
import type { ScheduleRecord, ScheduleRegistry } from "../ports/schedule-registry.ts";
import { runTable, SCHEDULE_LISTING } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import { createDynamoTickNotes, recordOfSchedule, scheduleItems, updateSchedule } from "./dynamo-tick-notes.ts";
import { type Item, number, type RunsTable, text } from "./keyed-items.ts";

export function createDynamoScheduleRegistry(table: RunsTable): ScheduleRegistry {
	const { client, tableName } = table;
	const items = scheduleItems(table);
	const { partitionKey: listKey, name: indexName } = runTable.recentIndex;

	async function getMany(names: readonly string[]): Promise<readonly (ScheduleRecord | undefined)[]> {
		const found = await items.lookMany(names);
		return names.map((name, index) => {
			const item = found[index];
			return item === undefined ? undefined : recordOfSchedule(name, item);
		});
	}

	return {
		...createDynamoTickNotes(table),
		getMany,
		async noteMissed(name, { count, latest, from, until }) {
			const { done } = await updateSchedule(items, name, {
				UpdateExpression: `, mc = if_not_exists(mc, :zero) + :count, mu = :until${latest === undefined ? "" : ", ml = :latest"}`,
				ConditionExpression: missedConditionOf(from),
				ExpressionAttributeValues: {
					":zero": number(0),
					":count": number(count),
					":until": number(until),
					...(from === undefined || from === "never" ? {} : { ":from": number(from) }),
					...(latest === undefined ? {} : { ":latest": number(latest) }),
				},
			});
			return done;
		},
		async stopLooking(name, until) {
			await updateSchedule(items, name, {
				UpdateExpression: " REMOVE mu",
				ConditionExpression: "mu = :until",
				ExpressionAttributeValues: { ":until": number(until) },
			});
		},
		async define(name, definition) {
			await updateSchedule(items, name, {
				UpdateExpression: ", df = :definition",
				ExpressionAttributeValues: { ":definition": text(JSON.stringify(definition)) },
			});
		},
		async disable(name, why) {
			await (why === undefined
				? updateSchedule(items, name, { UpdateExpression: " REMOVE ds" })
				: updateSchedule(items, name, {
						UpdateExpression: ", ds = :why",
						ExpressionAttributeValues: { ":why": text(why) },
					}));
		},
		async remove(name) {
			try {
				await client.send(new DeleteItemCommand({ TableName: tableName, Key: items.keyOf(name) }));
			} catch (error) {
				throw awsFailure("store-failed", `DynamoDB DeleteItem of schedule ${name} in table ${tableName}`, error);
			}
		},
		async list() {
			const names: string[] = [];
			let from: Item | undefined;
			do {
				try {
					const page = await client.send(
						new QueryCommand({
							TableName: tableName,
							IndexName: indexName,
							KeyConditionExpression: `${listKey} = :list`,
							ExpressionAttributeValues: { ":list": text(SCHEDULE_LISTING) },
							...(from === undefined ? {} : { ExclusiveStartKey: from }),
						}),
					);
					names.push(...(page.Items ?? []).map(items.nameOf));
					from = page.LastEvaluatedKey;
				} catch (error) {
					throw awsFailure("store-failed", `DynamoDB Query of schedules in table ${tableName}`, error);
				}
			} while (from !== undefined);
			return (await getMany(names)).filter((record) => record !== undefined);
		},
	};
}

/** Whoever does not say from where he looked is content that nobody has looked further. */
function missedConditionOf(from: EpochMs | "never" | undefined): string {
	if (from === "never") return "attribute_not_exists(mu)";
	return from === undefined ? "attribute_not_exists(mu) OR mu < :until" : "mu = :from AND mu < :until";
}
