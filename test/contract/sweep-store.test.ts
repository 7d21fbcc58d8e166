/** The sweep-store contract on memory and on every DynamoDB this machine has; and what the DynamoDB one takes for it. */
import { describe, expect, it } from "vitest";
import { createDynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { createDynamoSweepStore } from "../../shared/aws/dynamo-sweep-store.ts";
import { runId } from "../../shared/kernel/ids.ts";
import { createRunsTable, dynamoDbKinds, runsTableClient } from "../support/emulators.ts";
import { createMemoryJobStore } from "../support/memory-job-store.ts";
import { createMemorySweepStore } from "../support/memory-sweep-store.ts";
import { countRequests } from "../support/request-counter.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { nine } from "./job-store/cases.ts";
import { describeSweepStore } from "./sweep-store.contract.ts";

describeSweepStore("memory", async () => ({
	open: async (clock) => {
		const jobs = createMemoryJobStore(clock);
		return { jobs, sweeps: createMemorySweepStore(jobs) };
	},
	stop: async () => {},
}));

const random = createSeededRandom();

for (const { name, missing, start } of dynamoDbKinds) {
	if (missing !== undefined) {
		describe(`sweep store on ${name}`, () => {
			it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		});
		continue;
	}
	describeSweepStore(name, async () => {
		const emulator = await start();
		const client = runsTableClient(emulator.endpoint);
		return {
			open: async (clock) => {
				const tableName = await createRunsTable(client);
				return {
					jobs: createDynamoJobStore({ client, tableName, clock, random }),
					sweeps: createDynamoSweepStore({ client, tableName, clock, random }),
				};
			},
			async stop() {
				client.destroy();
				await emulator.stop();
			},
		};
	});
}

describe("the sweep store on DynamoDB", () => {
	it("writes 25 watched runs with one request, and tries again what was left out", async () => {
		const kind = dynamoDbKinds.find(({ missing }) => missing === undefined);
		const emulator = await kind?.start();
		const client = runsTableClient(emulator?.endpoint ?? "");
		const tableName = await createRunsTable(client);
		const requests = countRequests(client);
		let left = 1;
		client.middlewareStack.add(
			(next) => async (args) => {
				const answer = await next(args);
				if (left-- <= 0) return answer;
				const UnprocessedItems = { [tableName]: [{ DeleteRequest: { Key: { pk: { S: "sweep#w-3" } } } }] };
				return { ...answer, output: { ...answer.output, UnprocessedItems } };
			},
			{ step: "initialize" },
		);
		const clock = createVirtualClock({ autoAdvance: true });
		const sweeps = createDynamoSweepStore({ client, tableName, clock, random });
		const ids = Array.from({ length: 50 }, (_, nth) => runId(`w-${nth}`));
		await sweeps.watch(ids.slice(0, 25).map((id) => ({ id, lookAt: nine })));
		expect(requests.operations).toEqual(["BatchWriteItem", "BatchWriteItem"]);
		expect((await sweeps.due({ until: nine, limit: 100 })).runs).toHaveLength(24);
		requests.reset();
		await sweeps.watch(ids.map((id) => ({ id, lookAt: nine })));
		expect(requests.operations).toEqual(["BatchWriteItem", "BatchWriteItem"]);
		client.destroy();
		await emulator?.stop();
	});
});
