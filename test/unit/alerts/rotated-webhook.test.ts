/** The alerts function as Lambda calls it, after somebody has changed the webhook's address. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Context, SNSEvent } from "aws-lambda";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { handler } from "../../../lambdas/alerts/alerts.ts";
import { describeAlarm } from "../../../shared/wire/alarm-notice.ts";

/** SSM, DynamoDB and the chat at once. */
let server: Server;
let parameters: Record<string, string>;
let posted: string[];
beforeEach(async () => {
	posted = [];
	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const body = await text(request);
		const target = String(request.headers["x-amz-target"] ?? "");
		if (request.url !== "/") {
			posted.push(request.url ?? "");
			response.writeHead(request.url === "/new" ? 200 : 404).end();
		} else if (target === "AmazonSSM.GetParameter") {
			const { Name } = JSON.parse(body) as { Name: string };
			response.end(JSON.stringify({ Parameter: { Name, Value: parameters[Name] } }));
		} else response.setHeader("content-type", "application/x-amz-json-1.0").end("{}");
	}
	server = createServer((request, response) => void answer(request, response));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	parameters = { "/hook": `${url}/old`, "/platform": '{"table":"t","bucket":"b","queues":{}}' };
	for (const [name, value] of Object.entries({
		AWS_ENDPOINT_URL: url,
		AWS_REGION: "us-east-1",
		AWS_ACCESS_KEY_ID: "local",
		AWS_SECRET_ACCESS_KEY: "local",
		ALERTS_WEBHOOK_PARAMETER: "/hook",
		MILLRACE_PLATFORM_PARAMETER: "/platform",
	}))
		vi.stubEnv(name, value);
	vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(async () => {
	vi.restoreAllMocks();
	vi.unstubAllEnvs();
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const Message = JSON.stringify({
	AlarmName: "Shop-Depth",
	AlarmDescription: describeAlarm("Much waits.", { kind: "depth", level: "CRITICAL", about: "mail", runbook: "r.md" }),
	AlarmArn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:Shop-Depth",
	NewStateValue: "ALARM",
	OldStateValue: "OK",
	NewStateReason: "Threshold Crossed",
	StateChangeTime: "2026-11-21T06:04:26.789+0000",
	Region: "US East (N. Virginia)",
	Trigger: { MetricName: "ApproximateNumberOfMessagesVisible" },
});
const event = { Records: [{ Sns: { Message, Subject: "ALARM" } }] } as SNSEvent;
const context = { awsRequestId: "aws-1", functionName: "alerts" } as Context;

it("posts to the new address at the next try", async () => {
	await expect(handler(event, context)).rejects.toThrow("The webhook did not take the alert: HTTP 404");
	parameters["/hook"] = parameters["/hook"]?.replace("/old", "/new") ?? "";
	await handler(event, context);
	expect(posted).toEqual(["/old", "/new"]);
});
