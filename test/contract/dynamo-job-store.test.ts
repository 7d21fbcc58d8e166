/**
 * What the DynamoDB job store promises beyond its port: how few requests and units it takes, and what it does about lost answers,
 * throttled statements, missing PartiQL and rows it can't read.
 */
import { type DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { fence, runId } from "../../shared/kernel/ids.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { createRunsTable, dynamoDbKinds, type Emulator, runsTableClient } from "../support/emulators.ts";
import { countRequests, type RequestCounter } from "../support/request-counter.ts";
import { leaveOutKeys, loseAnswers, refuseRequests, refuseStatements } from "../support/sdk-faults.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { attempt, claim, failure, firstClaim, read, retry, settle, settleOf, success } from "./job-store/cases.ts";

const ids = Array.from({ length: 10 }, (_, index) => `run-${index}`);
const claims = ids.map((id) => firstClaim(id));
const settles = ids.map((id) => settleOf(attempt(id), success('{"rows":12}')));
const allClaimed = claims.map(({ record }) => ({ claimed: true, record }));
const allSettled = ids.map(() => ({ settled: true }));
const batch = "BatchExecuteStatement";

function named(name: string, more: object = {}): Error {
	return Object.assign(new Error("injected"), { name, $fault: "client", $metadata: {}, ...more });
}

for (const { name, missing, start } of dynamoDbKinds.filter((kind) => kind.name !== "dynalite")) {
	describe.skipIf(missing !== undefined)(
		`DynamoDB job store on ${name}${missing === undefined ? "" : ` (${missing})`}`,
		() => {
			let emulator: Emulator;
			let client: DynamoDBClient;
			let tableName: string;
			let requests: RequestCounter;
			let store: JobStore;
			const clock = createVirtualClock({ autoAdvance: true });

			beforeAll(async () => {
				emulator = await start();
			});
			afterAll(async () => {
				await emulator.stop();
			});
			// A client per test: faults stay in its middleware.
			beforeEach(async () => {
				client = runsTableClient(emulator.endpoint, { maxAttempts: 3 });
				tableName = await createRunsTable(client);
				requests = countRequests(client);
				store = createDynamoJobStore({ client, tableName, clock });
				return () => client.destroy();
			});

			it("takes 2 requests for ten runs, 2 units a run, and 1 more for the listing index at the claim only", async () => {
				expect(await store.claimMany(claims)).toEqual(allClaimed);
				const unitsOfClaims = requests.units;
				expect(await store.settleMany(settles)).toEqual(allSettled);
				expect(requests.operations).toEqual([batch, batch]);
				// DynamoDB Local leaves the units of statements out of its answer.
				if (name === "dynoxide") expect([unitsOfClaims, requests.units]).toEqual([20, 30]);
			});

			it("takes 4 requests for ten runs that are retried once, without a read", async () => {
				const again = ids.map((id) => attempt(id, { attempts: 2, fence: fence(`again-${id}`) }));
				await store.claimMany(claims);
				await store.settleMany(ids.map((id) => settleOf(attempt(id), retry)));
				const taken = await store.claimMany(
					again.map((record) => ({ record, expect: { kind: "retry", generation: 1, attempts: 1 } })),
				);
				await store.settleMany(again.map((record) => settleOf(record, failure)));
				expect(taken).toEqual(again.map((record) => ({ claimed: true, record })));
				expect(requests.operations).toEqual([batch, batch, batch, batch]);
			});

			it("takes 1 request for a lone claim, settle or refusal", async () => {
				await claim(store, firstClaim("lone"));
				await settle(store, settleOf(attempt("lone"), retry));
				await claim(store, firstClaim("lone", { fence: fence("other") }));
				expect(requests.operations).toEqual(["PutItem", "UpdateItem", "PutItem"]);
			});

			it("takes 1 read for all refusals of a batch that come without their row", async () => {
				await store.claimMany(claims);
				requests.reset();
				const results = await store.claimMany(ids.map((id) => firstClaim(id, { fence: fence("duplicate") })));
				expect(results).toEqual(ids.map((id) => ({ claimed: false, blocker: attempt(id) })));
				expect(requests.operations).toEqual([batch, "BatchGetItem"]);
			});

			it("takes 3 requests for 60 claims, whose rows stay within one unit", async () => {
				const many = Array.from({ length: 60 }, (_, index) =>
					firstClaim(`k-0123456789abcdef0123456789abcdef0123-${index}`),
				);
				await store.claimMany(many);
				expect(requests.operations).toEqual([batch, batch, batch]);
				if (name === "dynoxide") expect(requests.units).toBe(120);
			});

			it("spreads a day's runs over the eight partitions of the listing index", async () => {
				await store.claimMany(Array.from({ length: 100 }, (_, index) => firstClaim(`spread-${index}`)));
				const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, ProjectionExpression: "lp" }));
				expect([...new Set(Items.map((row) => row["lp"]?.S))].sort()).toEqual(
					[0, 1, 2, 3, 4, 5, 6, 7].map((shard) => `2026-11-20#${shard}`),
				);
			});

			it("recognises its claims and settles when the answer is lost and the SDK repeats the request", async () => {
				loseAnswers(client, 1);
				expect(await store.claimMany(claims)).toEqual(allClaimed);
				expect(requests.operations).toEqual([batch, batch, "BatchGetItem"]);
				loseAnswers(client, 1);
				expect(await store.settleMany(settles)).toEqual(allSettled);
				loseAnswers(client, 1);
				expect(await claim(store, firstClaim("lone"))).toEqual({ claimed: true, record: attempt("lone") });
				loseAnswers(client, 1);
				expect(await settle(store, settleOf(attempt("lone"), retry))).toEqual({ settled: true });
				loseAnswers(client, 1);
				const record = attempt("lone", { attempts: 2, fence: fence("second") });
				expect(await claim(store, { record, expect: { kind: "retry", generation: 1, attempts: 1 } })).toEqual({
					claimed: true,
					record,
				});
			});

			it("fails each write when the store can't be reached, and finds out by repeating them", async () => {
				loseAnswers(client, 3);
				const failed = await store.claimMany(claims);
				expect(failed).toHaveLength(10);
				for (const result of failed) {
					expect(result).toMatchObject({
						failed: { code: "store-failed", message: expect.stringContaining(tableName) },
					});
				}
				expect(await store.claimMany(claims)).toEqual(allClaimed);
			});

			it.each([
				"ThrottlingError",
				"ProvisionedThroughputExceeded",
				"RequestLimitExceeded",
				"InternalServerError",
				"TransactionConflict",
			])("tries a statement again that met %s, and only that one", async (code) => {
				refuseStatements(client, code, [4, 0]);
				expect(await store.claimMany(claims)).toEqual(allClaimed);
				expect(requests.operations).toEqual([batch, batch]);
				expect(await store.getMany(ids.map(runId))).toEqual(claims.map(({ record }) => record));
			});

			it("gives up on a statement that is throttled 4 times, and keeps its neighbours' results", async () => {
				refuseStatements(client, "ThrottlingError", [4, 0, 0, 0]);
				const results = await store.claimMany(claims);
				expect(results[4]).toMatchObject({
					failed: { code: "store-failed", message: expect.stringContaining("ThrottlingError") },
				});
				expect(results.toSpliced(4, 1)).toEqual(allClaimed.toSpliced(4, 1));
				expect(await read(store, "run-4")).toBeUndefined();
			});

			it("writes alone what a batch can't perform", async () => {
				refuseStatements(client, "ValidationError", [4]);
				expect(await store.claimMany(claims)).toEqual(allClaimed);
				expect(requests.operations).toEqual([batch, "PutItem"]);
				refuseRequests(client, [named("ValidationException")]);
				expect(await store.settleMany(settles)).toEqual(allSettled);
				expect(requests.operations.slice(3)).toEqual(ids.map(() => "UpdateItem"));
			});

			it("leaves PartiQL for good once the endpoint knows no BatchExecuteStatement", async () => {
				refuseRequests(client, [named("UnknownOperationException")]);
				expect(await store.claimMany(claims)).toEqual(allClaimed);
				expect(await store.settleMany(settles)).toEqual(allSettled);
				expect(requests.operations).toEqual([batch, ...ids.map(() => "PutItem"), ...ids.map(() => "UpdateItem")]);
			});

			it("fails a claim whose refusing row can't be read, and no other", async () => {
				await client.send(
					new PutItemCommand({
						TableName: tableName,
						Item: { pk: { S: "run-3" }, st: { S: "DREAMING" }, ttl: { N: "1795251600" } },
					}),
				);
				const results = await store.claimMany(claims);
				expect(results[3]).toMatchObject({
					failed: { code: "store-failed", message: expect.stringContaining("The row of run run-3 can't be read") },
				});
				expect(results.toSpliced(3, 1)).toEqual(allClaimed.toSpliced(3, 1));
				await expect(store.getMany([runId("run-3")])).rejects.toMatchObject({ code: "store-failed" });
			});

			it("reads keys again that DynamoDB left out, and fails when it leaves them out 4 times", async () => {
				await store.claimMany(claims);
				leaveOutKeys(client, tableName, 3);
				expect(await store.getMany(ids.map(runId))).toEqual(claims.map(({ record }) => record));
				leaveOutKeys(client, tableName, 4);
				await expect(store.getMany(ids.map(runId))).rejects.toMatchObject({
					code: "store-failed",
					message: expect.stringContaining("1 of 10 keys"),
				});
			});

			it("says which call failed on what", async () => {
				refuseRequests(client, [
					named("AccessDeniedException"),
					named("AccessDeniedException"),
					named("ResourceNotFoundException"),
				]);
				await expect(read(store, "x")).rejects.toMatchObject({
					code: "store-failed",
					message: `DynamoDB GetItem on table ${tableName} failed: AccessDeniedException: injected`,
				});
				await expect(claim(store, firstClaim("x"))).rejects.toMatchObject({ code: "store-failed" });
				await expect(store.listRecent({ limit: 1 })).rejects.toMatchObject({ code: "store-failed" });
			});
		},
	);
}
