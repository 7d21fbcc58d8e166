/** The secret-source contract in memory, and on the local runtime's SSM. */
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startParameterServer } from "../../local/emulators/parameter-server.ts";
import type { RestServer } from "../../local/emulators/rest-server.ts";
import { createSsmSecretSource } from "../../shared/aws/ssm-secret-source.ts";
import { createMemorySecretSource } from "../support/memory-secret-source.ts";
import { describeSecretSource } from "./secret-source.contract.ts";

describe("secret source in memory", () => {
	describeSecretSource(async () => {
		const source = createMemorySecretSource();
		return { source, put: async (parameter, value) => void source.secrets.set(parameter, value) };
	});
});

describe("secret source on the local SSM", () => {
	let server: RestServer;
	let client: SSMClient;
	beforeEach(async () => {
		server = await startParameterServer(new Map([["/millrace/Shop/platform", "{}"]]));
		const credentials = { accessKeyId: "local", secretAccessKey: "local" };
		client = new SSMClient({ endpoint: server.endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
	});
	afterEach(async () => {
		client.destroy();
		await server.stop();
	});
	const put = async (Name: string, Value: string): Promise<void> => {
		await client.send(new PutParameterCommand({ Name, Value, Type: "SecureString", Overwrite: true }));
	};

	describeSecretSource(async () => ({ source: createSsmSecretSource({ client }), put }));

	it("has what was deployed, and lets nobody change that", async () => {
		expect(await createSsmSecretSource({ client }).read("/millrace/Shop/platform")).toBe("{}");
		await expect(put("/millrace/Shop/platform", "mine")).rejects.toThrow("is deployed with the stack");
	});

	it("says what failed", async () => {
		await server.stop();
		await expect(createSsmSecretSource({ client }).read("/hooks/github")).rejects.toMatchObject({
			code: "configuration-invalid",
			message: expect.stringMatching(/^SSM GetParameter of \/hooks\/github failed: /),
		});
		server = await startParameterServer(new Map());
	});
});
