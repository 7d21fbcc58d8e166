/** The API's handler as Lambda calls it: opened by the platform's parameter, and an answer whatever comes. */
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Context } from "aws-lambda";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createApi } from "../../../lambdas/api/create-api.ts";
import { startParameterServer } from "../../../local/emulators/parameter-server.ts";
import type { RestServer } from "../../../local/emulators/rest-server.ts";
import { eventOf, shopCatalogue, shopWebhooks } from "../../support/api-world.ts";

const NAME = "/millrace/Shop/platform";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const context = { awsRequestId: "aws-1", functionName: "api", memoryLimitInMB: "128" } as Context;

let server: RestServer;
beforeEach(async () => {
	server = await startParameterServer(new Map());
	vi.stubEnv("AWS_ENDPOINT_URL_SSM", server.endpoint);
	vi.stubEnv("AWS_REGION", "us-east-1");
	vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
	vi.stubEnv("MILLRACE_PLATFORM_PARAMETER", NAME);
	vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT");
});
afterEach(async () => {
	vi.unstubAllEnvs();
	await server.stop();
});

it("opens the platform with the first request, and again when that failed", async () => {
	const handler = createApi(shopCatalogue, { webhooks: shopWebhooks });
	const ask = eventOf("takeWebhook", { parameters: { source: "nobody" }, body: "{}" });
	const failed = await handler(ask, context);
	expect([failed.statusCode, JSON.parse(failed.body)]).toMatchObject([
		500,
		{ code: "internal-error", request_id: "aws-1" },
	]);
	expect(failed.body).not.toContain("Shop");

	const client = new SSMClient({ endpoint: server.endpoint, region: "us-east-1", credentials });
	const put = (Value: string) => client.send(new PutParameterCommand({ Name: NAME, Value, Type: "String" }));
	await put('{"table":1}');
	expect(JSON.parse((await handler(ask, context)).body)).toMatchObject({ code: "configuration-invalid" });
	await put('{"table":"t","bucket":"b","queues":{}}');
	expect(JSON.parse((await handler(ask, context)).body)).toMatchObject({ code: "webhook-not-found" });
	await put("");
	expect(JSON.parse((await handler(ask, context)).body)).toMatchObject({ code: "webhook-not-found" });
	client.destroy();
});

it("answers what no gateway sent", async () => {
	const { statusCode, headers, body } = await createApi(shopCatalogue)({ Records: [] }, context);
	expect([statusCode, headers["content-type"]]).toEqual([500, "application/problem+json"]);
	expect(JSON.parse(body)).toMatchObject({ code: "configuration-invalid", request_id: "aws-1" });
});
