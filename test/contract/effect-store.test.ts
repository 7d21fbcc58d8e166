/** The effect-store contract on memory and on each DynamoDB there is. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { createDynamoEffectStore } from "../../shared/aws/dynamo-effect-store.ts";
import type { EffectStore } from "../../shared/ports/effect-store.ts";
import { createRunsTable, dynamoDbKinds, type Emulator, runsTableClient } from "../support/emulators.ts";
import { createMemoryEffectStore } from "../support/memory-effect-store.ts";
import { describeEffectStore } from "./effect-store.contract.ts";

describe("effect store in memory", () => describeEffectStore(createMemoryEffectStore));

for (const { name, missing, start } of dynamoDbKinds) {
	describe(`effect store on ${name}`, () => {
		if (missing !== undefined) return it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		let emulator: Emulator;
		let store: EffectStore;
		beforeAll(async () => {
			emulator = await start();
			const client = runsTableClient(emulator.endpoint);
			store = createDynamoEffectStore({ client, tableName: await createRunsTable(client) });
		});
		afterAll(() => emulator.stop());
		return describeEffectStore(() => store);
	});
}
