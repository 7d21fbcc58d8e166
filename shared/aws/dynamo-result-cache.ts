/**
 * The result cache in the runs table: one item an entry and one item for each tag that was invalidated, under keys that no run id can be.
 * A batch's looks are one BatchGetItem, a fill is one PutItem, an invalidated tag one UpdateItem that counts: were it a write of a new value, a
 * request that was given up and lands late would bring an old version back. Time to live only clears away: every reader compares.
 *
 * | item  | pk               | attributes                                                                        |
 * |-------|------------------|-----------------------------------------------------------------------------------|
 * | entry | `cache#<key>`    | la: when its run looked, epoch ms. dt: the rest as JSON, an inline result on its second line. ttl |
 * | tag   | `cachetag#<tag>` | vn: its version, a number. ttl                                                       |
 */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	PutItemCommand,
	UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { epochMs, toEpochSeconds } from "../kernel/time.ts";
import type { StoredResult } from "../ports/job-store.ts";
import type { CacheEntry, ResultCache } from "../ports/result-cache.ts";
import { CACHE_KEY_PREFIX, CACHE_TAG_KEY_PREFIX, runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import { inParallel } from "./in-parallel.ts";
import { createReadRows, type TableAccess } from "./read-rows.ts";
import { createSystemRandom } from "./system-random.ts";

type Item = Readonly<Record<string, AttributeValue>>;

const REQUESTS_AT_ONCE = 4;
const entryKey = (key: string): string => `${CACHE_KEY_PREFIX}${key}`;
const tagKey = (tag: string): string => `${CACHE_TAG_KEY_PREFIX}${tag}`;

export function createDynamoResultCache(
	access: Omit<TableAccess, "random"> & {
		/** For jitter. Default: the machine's. */
		readonly random?: TableAccess["random"];
	},
): ResultCache {
	const { client, tableName } = access;
	const readRows = createReadRows({ random: createSystemRandom(), ...access });

	return {
		async lookMany(questions) {
			const rows = await readRows(questions.flatMap(({ key, tags }) => [entryKey(key), ...tags.map(tagKey)]));
			return questions.map(({ key, tags }) => {
				const entry = readEntry(rows.get(entryKey(key)));
				const versions = tags.map((tag) => rows.get(tagKey(tag))?.["vn"]?.N);
				return entry === undefined ? { versions } : { entry, versions };
			});
		},
		async fill(key, entry) {
			try {
				await client.send(
					new PutItemCommand({
						TableName: tableName,
						Item: {
							[runTable.partitionKey]: { S: entryKey(key) },
							la: { N: String(entry.lookedAt) },
							dt: { S: writeEntry(entry) },
							[runTable.expiryAttribute]: { N: String(toEpochSeconds(entry.until)) },
						},
						ConditionExpression: "attribute_not_exists(la) OR la <= :la",
						ExpressionAttributeValues: { ":la": { N: String(entry.lookedAt) } },
					}),
				);
			} catch (error) {
				// One whose run looked later is kept.
				if (error instanceof ConditionalCheckFailedException) return;
				const what = `DynamoDB PutItem of the cached result of run ${entry.from} to table ${tableName}`;
				throw awsFailure("store-failed", what, error);
			}
		},
		async renew(tags, now, expiresAt) {
			await inParallel(tags, REQUESTS_AT_ONCE, async (tag) => {
				try {
					await client.send(
						new UpdateItemCommand({
							TableName: tableName,
							Key: { [runTable.partitionKey]: { S: tagKey(tag) } },
							UpdateExpression: "SET vn = if_not_exists(vn, :first) + :one, #ttl = :ttl",
							ExpressionAttributeNames: { "#ttl": runTable.expiryAttribute },
							ExpressionAttributeValues: {
								// Above every version that it had before it was forgotten: nobody invalidates a thousand times a millisecond.
								":first": { N: String(now * 1000) },
								":one": { N: "1" },
								":ttl": { N: String(expiresAt) },
							},
						}),
					);
				} catch (error) {
					throw awsFailure("store-failed", `DynamoDB UpdateItem of cache tag ${tag} in table ${tableName}`, error);
				}
			});
		},
	};
}

function writeEntry({ from, result, stamp, until }: CacheEntry): string {
	return result.kind === "inline"
		? `${JSON.stringify({ from, stamp, until, result: { kind: "inline" } })}\n${result.json}`
		: JSON.stringify({ from, stamp, until, result });
}

/** `undefined` for an entry that another version of this code wrote: it is overwritten by the next fill. */
function readEntry(item: Item | undefined): CacheEntry | undefined {
	if (item === undefined) return undefined;
	const [line, json] = split(item["dt"]?.S ?? "");
	try {
		const { from, stamp, until, result } = JSON.parse(line) as CacheEntry;
		const lookedAt = epochMs(Number(item["la"]?.N));
		const stored: StoredResult = result.kind === "inline" ? { kind: "inline", json: json ?? "null" } : result;
		return { from, stamp, until, lookedAt, result: stored };
	} catch {
		return undefined;
	}
}

function split(text: string): readonly [string, string?] {
	const end = text.indexOf("\n");
	return end < 0 ? [text] : [text.slice(0, end), text.slice(end + 1)];
}
