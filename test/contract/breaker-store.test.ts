/** The breaker-store contract on memory and on every DynamoDB this machine has, and what a report costs there. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDynamoBreakerStore } from "../../shared/aws/dynamo-breaker-store.ts";
import { createRunsTable, dynamoDbKinds, runsTableClient } from "../support/emulators.ts";
import { createMemoryBreakerStore } from "../support/memory-breaker-store.ts";
import { countRequests } from "../support/request-counter.ts";
import { describeBreakerStore } from "./breaker-store.contract.ts";

describeBreakerStore("memory", async () => ({ store: createMemoryBreakerStore(), stop: async () => {} }));

for (const { name, missing, start } of dynamoDbKinds) {
	if (missing !== undefined) {
		describe(`breaker store on ${name}`, () => {
			it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		});
		continue;
	}
	const open = async () => {
		const emulator = await start();
		const client = runsTableClient(emulator.endpoint);
		const tableName = await createRunsTable(client);
		return {
			client,
			store: createDynamoBreakerStore({ client, tableName }),
			async stop() {
				client.destroy();
				await emulator.stop();
			},
		};
	};
	describeBreakerStore(name, open);

	describe(`breaker store on ${name}, its requests`, () => {
		let world: Awaited<ReturnType<typeof open>>;
		beforeAll(async () => {
			world = await open();
		});
		afterAll(async () => {
			await world.stop();
		});

		it("takes a report with one request of one write unit, the first of a window with two", async () => {
			const requests = countRequests(world.client);
			const counts = { window: 4, failures: 10, successes: 3 };
			await world.store.report("standard", counts);
			expect(requests.operations).toEqual(["UpdateItem", "UpdateItem"]);
			requests.reset();
			await world.store.report("standard", counts);
			expect(requests.operations).toEqual(["UpdateItem"]);
			expect(requests.units).toBe(1);
		});

		it("says which breaker could not be reached", async () => {
			const lost = createDynamoBreakerStore({ client: world.client, tableName: "no-such-table" });
			await expect(lost.look("standard")).rejects.toMatchObject({
				code: "store-failed",
				message: expect.stringContaining("breaker standard in table no-such-table"),
			});
		});
	});
}
