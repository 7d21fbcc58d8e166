/** What sweeps ask of DynamoDB and SQS, counted on an emulator: of a thousand runs, of an idle platform, of lost runs. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { createDynamoSweepStore } from "../../shared/aws/dynamo-sweep-store.ts";
import { sweep } from "../../shared/engine/sweep/sweep.ts";
import type { SweepParts } from "../../shared/engine/sweep/sweep-parts.ts";
import { runId } from "../../shared/kernel/ids.ts";
import { plusMs } from "../../shared/kernel/time.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { createRunsTable, dynamoDbKinds, type Emulator, runsTableClient } from "../support/emulators.ts";
import { createMemoryBlobStore } from "../support/memory-blob-store.ts";
import { createMemoryQueue } from "../support/memory-queue.ts";
import { createMemoryScheduleRegistry } from "../support/memory-schedule-registry.ts";
import { countRequests, type RequestCounter } from "../support/request-counter.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { createTelemetryRecorder } from "../support/telemetry-recorder.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { attempt, firstClaim, nine, settleOf, success } from "./job-store/cases.ts";

const minutes = 60_000;
let emulator: Emulator;
let emulatorName: string;
beforeAll(async () => {
	const kind = dynamoDbKinds.find(({ missing }) => missing === undefined);
	if (kind === undefined) throw new Error("no DynamoDB here");
	emulatorName = kind.name;
	emulator = await kind.start();
});
afterAll(() => emulator.stop());

async function setup() {
	const client = runsTableClient(emulator.endpoint);
	const tableName = await createRunsTable(client);
	const clock = createVirtualClock({ start: nine });
	const random = createSeededRandom();
	const store: JobStore = createDynamoJobStore({ client, tableName, clock, random });
	const queue = createMemoryQueue(clock, ["standard"]);
	const asked = { depth: 0, mapping: 0, schedules: 0 };
	const parts: SweepParts = {
		store,
		sweeps: createDynamoSweepStore({ client, tableName, clock, random }),
		queue,
		operator: {
			depth(target) {
				asked.depth++;
				return queue.depth(target);
			},
		},
		mappings: {
			async read() {
				asked.mapping++;
				return { state: "active" };
			},
		},
		scheduler: {
			async waits() {
				asked.schedules++;
				return false;
			},
		},
		schedules: createMemoryScheduleRegistry(),
		blobs: createMemoryBlobStore(),
		clock,
		random,
		telemetry: createTelemetryRecorder(),
		queueClassOf: () => "standard",
	};
	const requests = countRequests(client);
	async function counted(): Promise<Readonly<Record<string, number>>> {
		requests.reset();
		Object.assign(asked, { depth: 0, mapping: 0, schedules: 0 });
		await sweep(parts);
		return countsOf(requests);
	}
	return { clock, store, asked, counted, requests };
}

const countsOf = ({ operations }: RequestCounter): Readonly<Record<string, number>> =>
	Object.fromEntries([...Map.groupBy(operations, (name) => name)].map(([name, list]) => [name, list.length]));

const ids = Array.from({ length: 1_000 }, (_, nth) => `run-${nth}`);
const startedAt = (nth: number) => plusMs(nine, nth);

it("takes 21 requests for a thousand runs that ended well, and one read unit for each", async () => {
	const { clock, store, asked, counted, requests } = await setup();
	await store.claimMany(ids.map((id, nth) => firstClaim(id, { startedAt: startedAt(nth) })));
	await store.settleMany(ids.map((id) => settleOf(attempt(id), success("1"))));
	// So that the listing of one day is all there is to look at.
	await clock.advance(50 * minutes);
	await counted();
	await clock.advance(30 * minutes);
	expect(await counted()).toEqual({ Query: 9, GetItem: 1, BatchGetItem: 10, UpdateItem: 1 });
	expect(asked).toEqual({ depth: 0, mapping: 0, schedules: 0 });
	// A thousand for the rows; half of one for each 4 KB of the listing comes on top.
	if (emulatorName === "dynoxide") expect(requests.units).toBe(1_010.5);
});

it("takes 11 requests on an idle platform", async () => {
	const { clock, counted } = await setup();
	await counted();
	await clock.advance(30 * minutes);
	expect(await counted()).toEqual({ Query: 9, GetItem: 1, UpdateItem: 1 });
});

it("takes two looks, a write each, and one question to the scheduler for each lost run, and asks a queue twice for all", async () => {
	const { clock, store, asked, counted } = await setup();
	await counted();
	const lost = ids.slice(0, 50);
	await store.claimMany(lost.map((id, nth) => firstClaim(id, { startedAt: startedAt(nth) })));
	await clock.advance(120 * minutes);
	expect(await counted()).toEqual({ Query: 9, GetItem: 1, BatchGetItem: 1, BatchWriteItem: 2, UpdateItem: 1 });
	expect(asked).toEqual({ depth: 1, mapping: 1, schedules: 0 });
	await clock.advance(30 * minutes);
	expect(await counted()).toEqual({ Query: 9, GetItem: 1, BatchGetItem: 1, BatchWriteItem: 2, UpdateItem: 51 });
	expect(asked).toEqual({ depth: 2, mapping: 2, schedules: 50 });
	const rows = await store.getMany(lost.map(runId));
	expect(new Set(rows.map((row) => row?.state))).toEqual(new Set(["SKIPPED"]));
});
