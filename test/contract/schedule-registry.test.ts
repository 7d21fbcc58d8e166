/** The schedule-registry contract on memory and on each DynamoDB there is. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { createDynamoScheduleRegistry } from "../../shared/aws/dynamo-schedule-registry.ts";
import type { ScheduleRegistry } from "../../shared/ports/schedule-registry.ts";
import { createRunsTable, dynamoDbKinds, type Emulator, runsTableClient } from "../support/emulators.ts";
import { createMemoryScheduleRegistry } from "../support/memory-schedule-registry.ts";
import { describeScheduleRegistry } from "./schedule-registry.contract.ts";

describe("schedule registry in memory", () => describeScheduleRegistry(createMemoryScheduleRegistry));

for (const { name, missing, start } of dynamoDbKinds) {
	describe(`schedule registry on ${name}`, () => {
		if (missing !== undefined) return it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		let emulator: Emulator;
		let store: ScheduleRegistry;
		beforeAll(async () => {
			emulator = await start();
			const client = runsTableClient(emulator.endpoint);
			store = createDynamoScheduleRegistry({ client, tableName: await createRunsTable(client) });
		});
		afterAll(() => emulator.stop());
		return describeScheduleRegistry(() => store);
	});
}
