/** The observability table's contract on memory and on every DynamoDB this machine has, and what the DynamoDB one makes of errors. */
import { describe, expect, it } from "vitest";
import { createDynamoTable } from "../../lambdas/jobs/observability/store/dynamo-table.ts";
import { createApplicationTable, dynamoDbClient, dynamoDbKinds } from "../support/emulators.ts";
import { createMemoryTable } from "../support/observability/memory-table.ts";
import { describeTable } from "./observability-table.contract.ts";

describeTable("memory", async () => ({ open: async () => createMemoryTable(), stop: async () => {} }));

for (const { name, missing, start } of dynamoDbKinds) {
	if (missing !== undefined) {
		describe(`observability table on ${name}`, () => {
			it(`is not run here: ${missing}`, ({ skip }) => skip(missing));
		});
		continue;
	}
	describeTable(name, async () => {
		const emulator = await start();
		const client = dynamoDbClient(emulator.endpoint);
		return {
			open: async () => createDynamoTable(client, await createApplicationTable(client)),
			async stop() {
				client.destroy();
				await emulator.stop();
			},
		};
	});
}

describe("observability table on DynamoDB", () => {
	/** A client whose every request fails with this error. */
	function failing(name: string) {
		const client = dynamoDbClient("http://127.0.0.1:9", { maxAttempts: 1 });
		client.middlewareStack.add(() => () => Promise.reject(Object.assign(new Error("injected"), { name })), {
			step: "initialize",
		});
		return createDynamoTable(client, "table");
	}

	it("tells of an error that may pass as one to retry", async () => {
		await expect(failing("ProvisionedThroughputExceededException").query({ pk: "p" })).rejects.toMatchObject({
			errorClass: "database",
			retryable: undefined,
			message: "DynamoDB refused a read on table table: ProvisionedThroughputExceededException: injected",
		});
	});

	it("tells of a request that is wrong as final", async () => {
		await expect(failing("ValidationException").put({ pk: "p", sk: "s" })).rejects.toMatchObject({
			errorClass: "database",
			retryable: false,
		});
	});

	it("sends again what DynamoDB left unprocessed", async () => {
		const client = dynamoDbClient("http://127.0.0.1:9");
		const requests: number[] = [];
		client.middlewareStack.add(
			() =>
				async ({ input }) => {
					const entries = Object.values("RequestItems" in input ? (input.RequestItems ?? {}) : {}).flat();
					requests.push(entries.length);
					const UnprocessedItems = entries.length > 1 ? { table: entries.slice(1) } : {};
					return { response: {}, output: { $metadata: {}, UnprocessedItems } };
				},
			{ step: "initialize" },
		);
		const puts = ["a", "b", "c"].map((sk) => ({ pk: "p", sk }));
		await createDynamoTable(client, "table").writeMany({ puts });
		expect(requests).toEqual([3, 2, 1]);
	});
});
