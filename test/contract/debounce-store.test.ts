/** The debounce-store contract on memory and on each DynamoDB there is. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { createDynamoDebounceStore } from "../../shared/aws/dynamo-debounce-store.ts";
import type { DebounceStore } from "../../shared/ports/debounce-store.ts";
import { createRunsTable, dynamoDbKinds, type Emulator, runsTableClient } from "../support/emulators.ts";
import { createMemoryDebounceStore } from "../support/memory-debounce-store.ts";
import { describeDebounceStore } from "./debounce-store.contract.ts";

describe("debounce store in memory", () => describeDebounceStore(createMemoryDebounceStore));

for (const { name, missing, start } of dynamoDbKinds) {
	describe(`debounce store on ${name}`, () => {
		if (missing !== undefined) return it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		let emulator: Emulator;
		let store: DebounceStore;
		beforeAll(async () => {
			emulator = await start();
			const client = runsTableClient(emulator.endpoint);
			store = createDynamoDebounceStore({ client, tableName: await createRunsTable(client) });
		});
		afterAll(() => emulator.stop());
		return describeDebounceStore(() => store);
	});
}
