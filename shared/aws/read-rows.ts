/** Reads rows by id, strongly consistent, in requests of up to 100 keys. */
import { BatchGetItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { MillraceError } from "../kernel/errors.ts";
import { DYNAMODB_BATCH_GET_MAX } from "../kernel/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { awsFailure } from "./aws-error.ts";
import type { DynamoDb } from "./dynamo-db.ts";
import { inChunks, inParallel } from "./in-parallel.ts";
import { retryDelayMs, TRIES_MAX } from "./retry-delay.ts";
import { type Row, text } from "./run-row.ts";

export interface TableAccess {
	readonly client: DynamoDb;
	readonly tableName: string;
	readonly clock: Clock;
	readonly random: Random;
}

const REQUESTS_AT_ONCE = 4;

export type ReadRows = (ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>;

/** Rows by id, or by whatever else is the key of an item; those without a row are not in the map. @throws MillraceError `store-failed` */
export function createReadRows({ client, tableName, clock, random }: TableAccess): ReadRows {
	async function readOne(id: string): Promise<readonly Row[]> {
		try {
			const answer = await client.send(
				new GetItemCommand({ TableName: tableName, Key: { pk: text(id) }, ConsistentRead: true }),
			);
			return answer.Item === undefined ? [] : [answer.Item];
		} catch (error) {
			throw awsFailure("store-failed", `DynamoDB GetItem on table ${tableName}`, error);
		}
	}

	async function readChunk(ids: readonly string[]): Promise<readonly Row[]> {
		const rows: Row[] = [];
		let keys = ids.map((id): Row => ({ pk: text(id) }));
		for (let tried = 1; ; tried++) {
			try {
				const answer = await client.send(
					new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys.slice(), ConsistentRead: true } } }),
				);
				rows.push(...(answer.Responses?.[tableName] ?? []));
				keys = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
			} catch (error) {
				throw awsFailure("store-failed", `DynamoDB BatchGetItem on table ${tableName}`, error);
			}
			if (keys.length === 0) return rows;
			if (tried === TRIES_MAX) {
				throw new MillraceError(
					"store-failed",
					`DynamoDB left ${keys.length} of ${ids.length} keys of table ${tableName} unread after ${TRIES_MAX} tries; it is being throttled. Try again later.`,
				);
			}
			await clock.sleep(retryDelayMs(random, tried));
		}
	}

	return async (ids) => {
		const distinct = [...new Set(ids)];
		const chunks = await inParallel(inChunks(distinct, DYNAMODB_BATCH_GET_MAX), REQUESTS_AT_ONCE, (chunk) =>
			chunk.length === 1 && chunk[0] !== undefined ? readOne(chunk[0]) : readChunk(chunk),
		);
		return new Map(chunks.flat().map((row) => [row["pk"]?.S ?? "", row]));
	};
}
