/**
 * What workers note of schedules' ticks in the runs table: one item a schedule, and one for each tick that was admitted and waits. What operators
 * do with it is in dynamo-schedule-registry.ts, which no worker loads.
 */
import { runId as asRunId } from "../kernel/ids.ts";
import { epochMs, toEpochSeconds } from "../kernel/time.ts";
import type { NotedTick, ScheduleRecord, ScheduleRegistry } from "../ports/schedule-registry.ts";
import { runTable, SCHEDULE_KEY_PREFIX, SCHEDULE_LISTING, TICK_KEY_PREFIX } from "../wire/run-table.ts";
import type { StoredSchedule } from "../wire/schedule-definition.ts";
import {
	createKeyedItems,
	type Item,
	type ItemChange,
	type KeyedItems,
	number,
	type RunsTable,
	text,
} from "./keyed-items.ts";

/**
 * Columns. df: the definition as JSON. ds: why it is disabled. ta, tr, tn: the latest tick's time, run, and when it was noted. gr, gn: the
 * one that is going. wr, wn: the one that waits. wb: when it noted that, how often its message had been sent on, and that one's id; of a worker
 * that does not know the column, an earlier note's. mc, ml, mu: missed ones, the latest, and up to where was looked.
 */
export const scheduleItems = (table: RunsTable): KeyedItems => createKeyedItems(table, SCHEDULE_KEY_PREFIX, "schedule");

/** What goes on in `SET` after the columns that list it. */
export const updateSchedule = (
	items: KeyedItems,
	name: string,
	{ UpdateExpression, ExpressionAttributeValues, ...change }: ItemChange,
) =>
	items.update(name, {
		UpdateExpression: `SET ${runTable.recentIndex.partitionKey} = :list, ${runTable.recentIndex.sortKey} = :name${UpdateExpression}`,
		ExpressionAttributeValues: { ":list": text(SCHEDULE_LISTING), ":name": text(name), ...ExpressionAttributeValues },
		...change,
	});

export function createDynamoTickNotes(
	table: RunsTable,
): Pick<ScheduleRegistry, "admit" | "admittedAmong" | "look" | "noteAdmitted" | "noteTick" | "noteWaiting"> {
	const items = scheduleItems(table);
	const ticks = createKeyedItems(table, TICK_KEY_PREFIX, "tick");
	async function look(name: string): Promise<ScheduleRecord | undefined> {
		const item = await items.look(name);
		return item === undefined ? undefined : recordOfSchedule(name, item);
	}

	return {
		async noteTick(name, { at, runId: run, now }) {
			const { item } = await updateSchedule(items, name, {
				UpdateExpression: ", ta = :at, tr = :run, tn = :now",
				ConditionExpression: "attribute_not_exists(ta) OR ta < :at",
				ExpressionAttributeValues: {
					":at": number(at),
					":run": text(run),
					":now": number(now),
				},
			});
			// Some endpoints don't say what stood there.
			const record = item === undefined ? await look(name) : recordOfSchedule(name, item);
			return record ?? { name, missed: { count: 0 } };
		},
		look,
		async admit(name, { runId: run, notedAt }, over) {
			const before = over === undefined ? "attribute_not_exists(gr)" : "gr = :over AND gn = :heard";
			const { done } = await updateSchedule(items, name, {
				UpdateExpression: ", gr = :run, gn = :now REMOVE wr, wn",
				ConditionExpression: `${before} OR gr = :run`,
				ExpressionAttributeValues: {
					":run": text(run),
					":now": number(notedAt),
					...(over === undefined ? {} : { ":over": text(over.runId), ":heard": number(over.notedAt) }),
				},
			});
			return done;
		},
		async noteAdmitted(run, until) {
			await ticks.update(run, {
				UpdateExpression: "SET #ttl = :ttl",
				ExpressionAttributeNames: { "#ttl": runTable.expiryAttribute },
				ExpressionAttributeValues: { ":ttl": number(until) },
			});
		},
		async admittedAmong(runs, now) {
			const noted = await ticks.lookMany(runs);
			const isNoted = (item: Item | undefined) =>
				Number(item?.[runTable.expiryAttribute]?.N ?? 0) > toEpochSeconds(now);
			return new Set(runs.filter((_, index) => isNoted(noted[index])));
		},
		async noteWaiting(name, { runId, notedAt, by }) {
			await updateSchedule(items, name, {
				UpdateExpression: `, wr = :run, wn = :now${by === undefined ? " REMOVE wb" : ", wb = :by"}`,
				ExpressionAttributeValues: {
					":run": text(runId),
					":now": number(notedAt),
					...(by === undefined ? {} : { ":by": text(`${notedAt} ${by.hops} ${by.messageId}`) }),
				},
			});
		},
	};
}

export function recordOfSchedule(name: string, item: Item): ScheduleRecord {
	const instant = (column: string) => {
		const value = item[column]?.N;
		return value === undefined ? undefined : epochMs(Number(value));
	};
	const tick = (run: string, noted: string): NotedTick | undefined => {
		const id = item[run]?.S;
		const notedAt = instant(noted);
		return id === undefined || id === "" || notedAt === undefined ? undefined : { runId: asRunId(id), notedAt };
	};
	const definition = item["df"]?.S;
	const disabled = item["ds"]?.S;
	const at = instant("ta");
	const latest = tick("tr", "tn");
	const going = tick("gr", "gn");
	const waiting = tick("wr", "wn");
	const [byAt, hops, messageId] = item["wb"]?.S?.split(" ") ?? [];
	const by =
		messageId === undefined || Number(byAt) !== waiting?.notedAt ? {} : { by: { messageId, hops: Number(hops) } };
	const latestMissed = instant("ml");
	const until = instant("mu");
	return {
		name,
		...(definition === undefined ? {} : { definition: JSON.parse(definition) as StoredSchedule }),
		...(disabled === undefined ? {} : { disabled }),
		...(latest === undefined || at === undefined ? {} : { latest: { ...latest, at } }),
		...(going === undefined ? {} : { going }),
		...(waiting === undefined ? {} : { waiting: { ...waiting, ...by } }),
		missed: {
			count: Number(item["mc"]?.N ?? 0),
			...(latestMissed === undefined ? {} : { latest: latestMissed }),
			...(until === undefined ? {} : { until }),
		},
	};
}
