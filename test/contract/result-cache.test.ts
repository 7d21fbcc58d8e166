/** The result-cache contract on memory and on each DynamoDB there is, and what it costs there. */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDynamoResultCache } from "../../shared/aws/dynamo-result-cache.ts";
import { epochMs, epochSeconds } from "../../shared/kernel/time.ts";
import type { ResultCache } from "../../shared/ports/result-cache.ts";
import { createRunsTable, dynamoDbKinds, type Emulator, runsTableClient } from "../support/emulators.ts";
import { createMemoryResultCache } from "../support/memory-result-cache.ts";
import { countRequests, type RequestCounter } from "../support/request-counter.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { describeResultCache, entry, nine } from "./result-cache.contract.ts";

const later = epochSeconds(4_000_000_000);

describe("result cache in memory", () => {
	const cache = createMemoryResultCache();
	describeResultCache(
		() => cache,
		async () => void cache.forget(epochMs(nine + 366 * 86_400_000)),
	);
});

for (const { name, missing, start } of dynamoDbKinds) {
	describe(`result cache on ${name}`, () => {
		if (missing !== undefined) return it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		let emulator: Emulator;
		let client: DynamoDBClient;
		let tableName: string;
		let cache: ResultCache;
		let requests: RequestCounter;
		beforeAll(async () => {
			emulator = await start();
			client = runsTableClient(emulator.endpoint);
			tableName = await createRunsTable(client);
			requests = countRequests(client);
			cache = createDynamoResultCache({ client, tableName, clock: createVirtualClock({ autoAdvance: true }) });
		});
		afterAll(() => emulator.stop());
		describeResultCache(
			() => cache,
			async (tag) => {
				const Key = { pk: { S: `cachetag#${tag}` } };
				await client.send(new DeleteItemCommand({ TableName: tableName, Key }));
			},
		);

		it("takes one request for the looks of ten runs, one write a fill, one write a tag", async () => {
			requests.reset();
			const looks = Array.from({ length: 10 }, (_, index) => ({ key: `k${index}`, tags: ["job", `t${index}`, "all"] }));
			await cache.lookMany(looks);
			expect(requests.operations).toEqual(["BatchGetItem"]);
			requests.reset();
			await cache.fill("k0", entry());
			expect([requests.operations, requests.units]).toEqual([["PutItem"], 1]);
			requests.reset();
			await cache.renew(["job", "all"], nine, later);
			expect([requests.operations, requests.units]).toEqual([["UpdateItem", "UpdateItem"], 2]);
		});

		it("has nothing for an entry that it can't read, whoever wrote it, and lets it be overwritten", async () => {
			for (const [index, dt] of ["", "null", '{"from":"r"}', "later versions' spelling"].entries()) {
				const key = `unread-${index}`;
				const item = { pk: { S: `cache#${key}` }, la: { N: "1" }, dt: { S: dt } };
				await client.send(new PutItemCommand({ TableName: tableName, Item: item }));
				expect(await cache.lookMany([{ key, tags: [] }])).toEqual([{ versions: [] }]);
				await cache.fill(key, entry());
				expect(await cache.lookMany([{ key, tags: [] }])).toEqual([{ entry: entry(), versions: [] }]);
			}
		});

		it("says what could not be reached", async () => {
			const clock = createVirtualClock({ autoAdvance: true });
			const lost = createDynamoResultCache({ client, tableName: "no-such-table", clock });
			const failure = (words: string) => ({ code: "store-failed", message: expect.stringContaining(words) });
			await expect(lost.lookMany([{ key: "k", tags: ["t"] }])).rejects.toMatchObject(failure("BatchGetItem"));
			await expect(lost.fill("k", entry())).rejects.toMatchObject(failure("cached result of run r-1"));
			await expect(lost.renew(["t"], nine, later)).rejects.toMatchObject(failure("cache tag t"));
		});
	});
}
