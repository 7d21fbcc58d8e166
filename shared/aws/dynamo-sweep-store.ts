/**
 * The sweep store in the runs table and its listing index, under keys that no run id can be. A watched run is an item of its own in one
 * partition of the index, sorted by when to look; so looking up what is due is a query, and nothing is ever scanned.
 *
 * | item        | pk            | lp      | ls                  | jb (the index shows no other) | else                |
 * |-------------|---------------|---------|---------------------|-------------------------------|---------------------|
 * | watched run | `sweep#<id>`  | `sweep` | `<look at>#<id>`    | the suspicion as JSON         | ttl                 |
 * | the place   | `sweep##place`|         |                     |                               | pl: up to where     |
 */
import {
	type AttributeValue,
	BatchWriteItemCommand,
	ConditionalCheckFailedException,
	GetItemCommand,
	QueryCommand,
	UpdateItemCommand,
	type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { MillraceError } from "../kernel/errors.ts";
import { type RunId, runId } from "../kernel/ids.ts";
import { DYNAMODB_BATCH_WRITE_MAX, RUN_RETENTION_SECONDS } from "../kernel/limits.ts";
import { epochMs, plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import type { Suspicion, SweepStore, WatchedRun } from "../ports/sweep-store.ts";
import { RECENT_INDEX_SHARDS, runTable, SWEEP_KEY_PREFIX } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import { inChunks, inParallel } from "./in-parallel.ts";
import { firstStartIn, partitionsOfDay, sortKeyLimit } from "./listing-keys.ts";
import type { TableAccess } from "./read-rows.ts";
import { retryDelayMs, TRIES_MAX } from "./retry-delay.ts";

type Item = Record<string, AttributeValue>;

const DAY_MS = 86_400_000;
const REQUESTS_AT_ONCE = 4;
const WATCH_PARTITION = "sweep";
const placeKey: Item = { [runTable.partitionKey]: { S: `${SWEEP_KEY_PREFIX}#place` } };
const keyOf = (id: RunId): Item => ({ [runTable.partitionKey]: { S: `${SWEEP_KEY_PREFIX}${id}` } });
const sortKeyOf = (item: Item): string => item[runTable.recentIndex.sortKey]?.S ?? "";
/** The lowest sort key above this one: no run id holds a space. */
const justAfter = (sortKey: string): string => `${sortKey} `;

export function createDynamoSweepStore({ client, tableName, clock, random }: TableAccess): SweepStore {
	async function call<Answer>(operation: string, perform: () => Promise<Answer>): Promise<Answer> {
		try {
			return await perform();
		} catch (error) {
			throw awsFailure("store-failed", `DynamoDB ${operation} of the sweeper on table ${tableName}`, error);
		}
	}

	/** One page of one partition, ascending. */
	async function query(partition: string, from: string, to: string, limit: number) {
		const { name, partitionKey, sortKey } = runTable.recentIndex;
		const { Items = [], LastEvaluatedKey } = await call("Query", () =>
			client.send(
				new QueryCommand({
					TableName: tableName,
					IndexName: name,
					KeyConditionExpression: "#lp = :lp AND #ls BETWEEN :from AND :to",
					ExpressionAttributeNames: { "#lp": partitionKey, "#ls": sortKey },
					ExpressionAttributeValues: { ":lp": { S: partition }, ":from": { S: from }, ":to": { S: to } },
					Limit: limit,
				}),
			),
		);
		return { items: Items, cut: LastEvaluatedKey !== undefined };
	}

	async function write(requests: readonly WriteRequest[]): Promise<void> {
		await inParallel(inChunks(requests, DYNAMODB_BATCH_WRITE_MAX), REQUESTS_AT_ONCE, async (chunk) => {
			let todo = chunk;
			for (let tried = 1; ; tried++) {
				const { UnprocessedItems } = await call("BatchWriteItem", () =>
					client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: todo } })),
				);
				todo = UnprocessedItems?.[tableName] ?? [];
				if (todo.length === 0) return;
				if (tried === TRIES_MAX) {
					throw new MillraceError(
						"store-failed",
						`DynamoDB left ${todo.length} of ${chunk.length} items of the sweeper in table ${tableName} unwritten after ${TRIES_MAX} tries; it is being throttled. Try again later.`,
					);
				}
				await clock.sleep(retryDelayMs(random, tried));
			}
		});
	}

	return {
		async place() {
			const command = new GetItemCommand({ TableName: tableName, Key: placeKey, ConsistentRead: true });
			return (await call("GetItem", () => client.send(command))).Item?.["pl"]?.S;
		},
		async moveTo(place) {
			const command = new UpdateItemCommand({
				TableName: tableName,
				Key: placeKey,
				UpdateExpression: "SET pl = :place",
				ConditionExpression: "attribute_not_exists(pl) OR pl < :place",
				ExpressionAttributeValues: { ":place": { S: place } },
			});
			await call("UpdateItem", () =>
				client.send(command).catch((error: unknown) => {
					if (!(error instanceof ConditionalCheckFailedException)) throw error;
				}),
			);
		},
		placeAt: (instant) => sortKeyLimit(instant),
		instantOf: firstStartIn,
		/** One day of the listing a call, all its shards side by side. */
		async started({ after, until, limit }) {
			const day = firstStartIn(after);
			const nextDay = epochMs(day - (day % DAY_MS) + DAY_MS);
			const to = sortKeyLimit(epochMs(Math.min(until, nextDay)));
			const from = justAfter(after);
			if (from > to) return { ids: [], place: after, more: false };
			const perShard = Math.ceil(limit / RECENT_INDEX_SHARDS);
			const shards = await Promise.all(partitionsOfDay(day).map((partition) => query(partition, from, to, perShard)));
			// Shards that were cut short have more behind their last one; so up to the first of those, these are all.
			const ends = shards.flatMap(({ items, cut }) => (cut && items.length > 0 ? [sortKeyOf(items.at(-1) ?? {})] : []));
			const [place = to] = [...ends, to].sort();
			const ids = shards
				.flatMap(({ items }) => items)
				.filter((item) => sortKeyOf(item) <= place)
				.map((item) => runId(item[runTable.partitionKey]?.S ?? ""));
			return { ids, place, more: ends.length > 0 || nextDay < until };
		},
		async watch(runs) {
			const { partitionKey, sortKey } = runTable.recentIndex;
			await write(
				runs.map(({ id, lookAt, suspicion }) => ({
					PutRequest: {
						Item: {
							...keyOf(id),
							[partitionKey]: { S: WATCH_PARTITION },
							[sortKey]: { S: sortKeyLimit(lookAt, id) },
							...(suspicion === undefined ? {} : { jb: { S: JSON.stringify(suspicion) } }),
							// Should no sweep ever come.
							[runTable.expiryAttribute]: {
								N: String(toEpochSeconds(plusSeconds(lookAt, 7 * RUN_RETENTION_SECONDS))),
							},
						},
					},
				})),
			);
		},
		unwatch: (ids) => write(ids.map((id) => ({ DeleteRequest: { Key: keyOf(id) } }))),
		async due({ until, limit, after }) {
			const from = after === undefined ? sortKeyLimit(epochMs(0)) : justAfter(after);
			const to = sortKeyLimit(epochMs(until + 1));
			if (from > to) return { runs: [] };
			const { items, cut } = await query(WATCH_PARTITION, from, to, limit);
			const last = items.at(-1);
			return {
				runs: items.map(toWatched),
				...(cut && last !== undefined ? { next: sortKeyOf(last) } : {}),
			};
		},
	};
}

function toWatched(item: Item): WatchedRun {
	const id = runId((item[runTable.partitionKey]?.S ?? "").slice(SWEEP_KEY_PREFIX.length));
	const suspicion = item["jb"]?.S;
	return { id, ...(suspicion === undefined ? {} : { suspicion: JSON.parse(suspicion) as Suspicion }) };
}
