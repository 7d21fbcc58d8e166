/** The listing of recent runs: day by day backwards, all shards of a day side by side, merged. */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { type RunId, runId } from "../kernel/ids.ts";
import { LEASE_MARGIN_MS, UNENDED_RETENTION_SECONDS } from "../kernel/limits.ts";
import { type EpochMs, plusMs, plusSeconds } from "../kernel/time.ts";
import type { JobStore, RunListing } from "../ports/job-store.ts";
import { runTable } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";
import { firstStartIn, partitionsOfDay, sortKeyLimit } from "./listing-keys.ts";
import { type Row, text } from "./run-row.ts";

const DAY_SECONDS = 86_400;

interface Shard {
	readonly partition: string;
	/** Exclusive. */
	readonly below: string;
	readonly limit: number;
	readonly job: string | undefined;
}

export function createListRecent(client: DynamoDb, tableName: string, now: () => EpochMs): JobStore["listRecent"] {
	async function listShard({ partition, below, limit, job }: Shard): Promise<readonly Row[]> {
		const rows: Row[] = [];
		let from: Row | undefined;
		do {
			try {
				const page = await client.send(
					new QueryCommand({
						TableName: tableName,
						IndexName: runTable.recentIndex.name,
						KeyConditionExpression: "lp = :lp AND ls < :ls",
						ScanIndexForward: false,
						// With a filter DynamoDB counts what it looked at, not what it found.
						...(job === undefined ? { Limit: limit - rows.length } : { FilterExpression: "jb = :jb" }),
						ExpressionAttributeValues: {
							":lp": text(partition),
							":ls": text(below),
							...(job === undefined ? {} : { ":jb": text(job) }),
						},
						...(from === undefined ? {} : { ExclusiveStartKey: from }),
					}),
				);
				rows.push(...(page.Items ?? []));
				from = page.LastEvaluatedKey;
			} catch (error) {
				throw awsFailure(
					"store-failed",
					`DynamoDB Query on index ${runTable.recentIndex.name} of table ${tableName}`,
					error,
				);
			}
		} while (from !== undefined && rows.length < limit);
		return rows;
	}

	return async ({ limit, before, beforeId, job }) => {
		if (limit <= 0) return [];
		// Without `before`: also what a machine with a faster clock has just started, be it on the next day.
		const newest = before ?? plusMs(now(), LEASE_MARGIN_MS);
		const below = sortKeyLimit(newest, before === undefined ? undefined : beforeId);
		const oldest = plusSeconds(now(), -(UNENDED_RETENTION_SECONDS + DAY_SECONDS));
		const listed: RunListing[] = [];
		for (let day = newest; day >= startOfDay(oldest) && listed.length < limit; day = plusSeconds(day, -DAY_SECONDS)) {
			const shards = await Promise.all(
				partitionsOfDay(day).map((partition) => listShard({ partition, below, limit: limit - listed.length, job })),
			);
			const latestFirst = shards.flat().sort((one, other) => (sortKeyOf(one) < sortKeyOf(other) ? 1 : -1));
			listed.push(...latestFirst.slice(0, limit - listed.length).map(toListing));
		}
		return listed;
	};
}

const startOfDay = (instant: EpochMs): number => instant - (instant % (DAY_SECONDS * 1000));
const sortKeyOf = (row: Row): string => row["ls"]?.S ?? "";
const idOf = (row: Row): RunId => runId(row["pk"]?.S ?? "");

const toListing = (row: Row): RunListing => ({
	id: idOf(row),
	job: row["jb"]?.S ?? "",
	firstStartedAt: firstStartIn(sortKeyOf(row)),
});
