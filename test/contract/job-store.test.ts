/** The job-store contract on memory and on every DynamoDB this machine has. */
import { describe, it } from "vitest";
import { createDynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { createRunsTable, dynamoDbClient, dynamoDbKinds } from "../support/emulators.ts";
import { createMemoryJobStore } from "../support/memory-job-store.ts";
import { describeJobStore } from "./job-store.contract.ts";

describeJobStore("memory", async () => ({
	open: async (clock) => createMemoryJobStore(clock),
	stop: async () => {},
}));

for (const { name, missing, start } of dynamoDbKinds) {
	if (missing !== undefined) {
		describe(`job store on ${name}`, () => {
			it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		});
		continue;
	}
	describeJobStore(name, async () => {
		const emulator = await start();
		const client = dynamoDbClient(emulator.endpoint);
		return {
			open: async (clock) => createDynamoJobStore({ client, tableName: await createRunsTable(client), clock }),
			async stop() {
				client.destroy();
				await emulator.stop();
			},
		};
	});
}
