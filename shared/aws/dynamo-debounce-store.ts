/** The debounce store in the runs table: one item a key, under a key that no run id can be. Each call is one UpdateItem of a write unit. */
import { invariant } from "../kernel/errors.ts";
import { runId } from "../kernel/ids.ts";
import { epochMs } from "../kernel/time.ts";
import type { DebounceStore, LatestEnqueue } from "../ports/debounce-store.ts";
import { DEBOUNCE_KEY_PREFIX, runTable } from "../wire/run-table.ts";
import { createKeyedItems, type Item, type ItemChange, number, type RunsTable, text } from "./keyed-items.ts";

/** Columns. rn: the run. sa: when its message was sent. bg: since when somebody waits. ca: its carrier. */
export function createDynamoDebounceStore(table: RunsTable): DebounceStore {
	const items = createKeyedItems(table, DEBOUNCE_KEY_PREFIX, "debounce key");

	/** The item as it is after the update, or as it stood in its way. */
	async function update(key: string, change: ItemChange): Promise<LatestEnqueue | undefined> {
		const { done, item } = await items.update(key, change);
		// Some endpoints don't say what stood there.
		return latestIn(item ?? (done ? undefined : await items.look(key)));
	}

	return {
		async note(key, { run, sentAt, carrier }, { now, expiresAt }) {
			const latest = await update(key, {
				UpdateExpression: "SET rn = :run, sa = :sent, ca = :carrier, bg = if_not_exists(bg, :now), #ttl = :ttl",
				ConditionExpression: "attribute_not_exists(rn) OR sa < :sent OR (sa = :sent AND rn < :run)",
				ExpressionAttributeNames: { "#ttl": runTable.expiryAttribute },
				ExpressionAttributeValues: {
					":run": text(run),
					":sent": number(sentAt),
					":carrier": text(carrier),
					":now": number(now),
					":ttl": number(expiresAt),
				},
			});
			invariant(latest !== undefined, "what stands in the way of an enqueue is there");
			return latest;
		},
		endWait: (key, { run, sentAt }) =>
			update(key, {
				UpdateExpression: "REMOVE bg",
				ConditionExpression: "rn = :run AND sa = :sent",
				ExpressionAttributeValues: { ":run": text(run), ":sent": number(sentAt) },
			}),
	};
}

function latestIn(item: Item | undefined): LatestEnqueue | undefined {
	const run = item?.["rn"]?.S;
	if (run === undefined) return undefined;
	const since = item?.["bg"]?.N;
	const carrier = item?.["ca"]?.S;
	return {
		run: runId(run),
		sentAt: epochMs(Number(item?.["sa"]?.N)),
		...(since === undefined ? {} : { since: epochMs(Number(since)) }),
		...(carrier === undefined ? {} : { carrier }),
	};
}
