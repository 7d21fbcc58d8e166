/**
 * The limit store in the runs table: one item a limiter, under a key that no run id can be. Taking tickets is one UpdateItem of a write
 * unit and adds to a count, so contenders never undo each other. An answer that is lost loses tickets, never gives one out twice.
 */
import type { RateOverride } from "../job/rate-limit.ts";
import { epochMs } from "../kernel/time.ts";
import type { LimiterState, LimitStore, Timetable } from "../ports/limit-store.ts";
import { LIMITER_KEY_PREFIX, runTable } from "../wire/run-table.ts";
import { createKeyedItems, type Item, type ItemChange, number, type RunsTable } from "./keyed-items.ts";

/** Columns. cn: tickets taken. sa: the latest time seen. rv: the timetable's revision. tt, ov: timetable and override as JSON. */
export function createDynamoLimitStore(table: RunsTable): LimitStore {
	const items = createKeyedItems(table, LIMITER_KEY_PREFIX, "limiter");
	const look = async (limiter: string): Promise<LimiterState> => stateIn(await items.look(limiter));

	/** With the state as it is after the update, or as it stood in its way. */
	async function update(
		limiter: string,
		change: ItemChange,
	): Promise<{ readonly done: boolean; readonly state: LimiterState }> {
		const { done, item } = await items.update(limiter, change);
		// Some endpoints don't say what stood there.
		return { done, state: stateIn(item ?? (done ? undefined : await items.look(limiter))) };
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
