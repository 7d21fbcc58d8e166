/** What a user has set up for AWS itself must not reach the local stack: neither its clients nor its functions. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { environmentVariables } from "../../local/lambda/environment-variables.ts";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { runId } from "../../shared/kernel/ids.ts";

afterEach(() => vi.unstubAllEnvs());

test("given endpoints are asked, also by who has FIPS and dual-stack endpoints switched on", async () => {
	vi.stubEnv("AWS_USE_FIPS_ENDPOINT", "true");
	vi.stubEnv("AWS_USE_DUALSTACK_ENDPOINT", "true");
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(String(request.headers["x-amz-target"] ?? request.url));
		// A refusal that no client repeats.
		response.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end('{"__type":"ValidationException"}');
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	try {
		const platform = openPlatform(
			{
				table: "Runs",
				bucket: "payloads",
				queues: { a: { url: `${endpoint}/0/a`, deadLetterUrl: `${endpoint}/0/b` } },
				schedules: { group: "waits" },
			},
			{
				region: "us-east-1",
				credentials: { accessKeyId: "local", secretAccessKey: "local" },
				endpoints: { sqs: endpoint, s3: endpoint, dynamodb: endpoint, scheduler: endpoint, lambda: endpoint },
			},
		);
		await expect(platform.store.getMany([runId("one")])).rejects.toThrow();
		await expect(platform.blobs.get("inputs/one.json")).rejects.toThrow();
		await expect(platform.operator.depth({ queueClass: "a", queue: "main" })).rejects.toThrow();
		await expect(platform.scheduler?.cancel(["one"])).rejects.toThrow();
		expect(asked).toEqual([
			"DynamoDB_20120810.GetItem",
			"/payloads/inputs/one.json",
			"AmazonSQS.GetQueueAttributes",
			"/schedules/one?groupName=waits",
		]);
	} finally {
		server.close();
	}
});

test("a function's home is its own folder, so that it reads nothing of the user's ~/.aws", () => {
	vi.stubEnv("HOME", "a-user-home");
	vi.stubEnv("AWS_PROFILE", "someone");
	const variables = environmentVariables(
		{
			stack: "Stack",
			logicalId: "Function",
			name: "function",
			arn: "arn:aws:lambda:us-east-1:000000000000:function:function",
			handler: "index.handler",
			timeoutSeconds: 60,
			memoryMb: 512,
			environment: { MILLRACE_GROUP: "mail" },
			logGroupName: "/aws/lambda/function",
			code: { directory: "/code" },
		},
		{
			directory: "/code",
			endpoints: { sqs: "s", s3: "s", dynamodb: "d", lambda: "l", scheduler: "c" },
			logStreamName: "stream",
		},
	);
	expect(variables["HOME"]).toBe("/code");
	expect(variables["MILLRACE_GROUP"]).toBe("mail");
	expect(variables).not.toHaveProperty("AWS_PROFILE");
});
