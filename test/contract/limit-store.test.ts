/** The limit-store contract on memory and on every DynamoDB this machine has, and what taking tickets costs there. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDynamoLimitStore } from "../../shared/aws/dynamo-limit-store.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { createRunsTable, dynamoDbKinds, runsTableClient } from "../support/emulators.ts";
import { createMemoryLimitStore } from "../support/memory-limit-store.ts";
import { countRequests } from "../support/request-counter.ts";
import { describeLimitStore } from "./limit-store.contract.ts";

describeLimitStore("memory", async () => ({ store: createMemoryLimitStore(), stop: async () => {} }));

for (const { name, missing, start } of dynamoDbKinds) {
	if (missing !== undefined) {
		describe(`limit store on ${name}`, () => {
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
			store: createDynamoLimitStore({ client, tableName }),
			async stop() {
				client.destroy();
				await emulator.stop();
			},
		};
	};
	describeLimitStore(name, open);

	describe(`limit store on ${name}, its requests`, () => {
		let world: Awaited<ReturnType<typeof open>>;
		beforeAll(async () => {
			world = await open();
		});
		afterAll(async () => {
			await world.stop();
		});

		it("takes any number of tickets with one request of one write unit", async () => {
			const requests = countRequests(world.client);
			const nine = epochMs(1_795_165_200_000);
			await world.store.take("limiter", { count: 10, now: nine, seenAtMax: nine });
			expect(requests.operations).toEqual(["UpdateItem"]);
			expect(requests.units).toBe(1);
		});

		it("says which limiter could not be reached", async () => {
			const lost = createDynamoLimitStore({ client: world.client, tableName: "no-such-table" });
			await expect(lost.look("limiter")).rejects.toMatchObject({
				code: "store-failed",
				message: expect.stringContaining("limiter limiter in table no-such-table"),
			});
		});
	});
}
