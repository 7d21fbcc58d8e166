/** The slot-store contract on memory and on every DynamoDB this machine has; and what the real one asks of DynamoDB. */
import { describe, expect, it } from "vitest";
import { createDynamoSlotStore } from "../../shared/aws/dynamo-slot-store.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { createRunsTable, dynamoDbKinds, runsTableClient } from "../support/emulators.ts";
import { createMemorySlotStore } from "../support/memory-slot-store.ts";
import { countRequests } from "../support/request-counter.ts";
import { describeSlotStore } from "./slot-store.contract.ts";

describeSlotStore("memory", async () => ({ store: createMemorySlotStore(), stop: async () => {} }));

for (const { name, missing, start } of dynamoDbKinds) {
	if (missing !== undefined) {
		describe(`slot store on ${name}`, () => {
			it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		});
		continue;
	}
	describeSlotStore(name, async () => {
		const emulator = await start();
		const client = runsTableClient(emulator.endpoint);
		return {
			store: createDynamoSlotStore({ client, tableName: await createRunsTable(client) }),
			async stop() {
				client.destroy();
				await emulator.stop();
			},
		};
	});
}

it("asks DynamoDB once for each change that nothing stands in the way of", async () => {
	const [kind] = dynamoDbKinds.filter(({ missing }) => missing === undefined);
	if (kind === undefined) throw new Error("There is no DynamoDB here");
	const emulator = await kind.start();
	const client = runsTableClient(emulator.endpoint);
	const store = createDynamoSlotStore({ client, tableName: await createRunsTable(client) });
	const requests = countRequests(client);
	const nine = epochMs(Date.parse("2026-11-20T09:00:00Z"));
	const holders = Array.from({ length: 10 }, (_, n) => ({ token: `t${n}`, run: `r${n}`, since: nine, until: nine }));
	await store.take("p", { holders, lane: "standard", over: [], max: 10, expiresAt: nine });
	await store.extend("p", holders);
	await store.release(
		"p",
		holders.map(({ token }) => token),
		5,
	);
	expect(requests.operations).toEqual(["UpdateItem", "UpdateItem", "UpdateItem"]);
	client.destroy();
	await emulator.stop();
});
