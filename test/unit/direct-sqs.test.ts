/** What a worker sends to SQS without its client: where to, and what it makes of answers. */
import { Readable } from "node:stream";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDirectSqs, type SqsCalls } from "../../shared/aws/sqs-calls.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

interface Told {
	readonly status: number;
	readonly body: string;
}

let asked: HttpRequest[];
/** Used one a request, the last one for all further requests. */
let answers: Told[];

beforeEach(() => {
	for (const name of ["AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"]) vi.stubEnv(name, undefined);
	vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
	// The SDK's retries wait a random part of half a second.
	vi.spyOn(Math, "random").mockReturnValue(0);
	asked = [];
	answers = [{ status: 200, body: '{"Successful":[{"Id":"0","MessageId":"m-0"}]}' }];
	vi.spyOn(NodeHttpHandler.prototype, "handle").mockImplementation(async (request) => {
		asked.push(HttpRequest.clone(request));
		const { status, body } = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500, body: "" };
		return {
			response: new HttpResponse({ statusCode: status, headers: {}, body: Readable.from([Buffer.from(body)]) }),
		};
	});
});
afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllEnvs();
});

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const direct = (config: DynamoDBClientConfig): SqsCalls =>
	createDirectSqs({
		lender: new DynamoDBClient({ credentials, ...config }),
		clock: createVirtualClock(),
		requestTimeoutMs: 200,
	});
const batch = {
	QueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/Orders",
	Entries: [{ Id: "0", MessageBody: "é😀", DelaySeconds: 5 }],
};
const addresses = (): string[] =>
	asked.map(
		({ protocol, hostname, port, path }) => `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`,
	);

describe("a request to SQS", () => {
	it("says what the SDK's own client says", async () => {
		const told = await direct({ region: "eu-west-1" }).sendMessageBatch(batch);
		expect(told).toEqual({ Successful: [{ Id: "0", MessageId: "m-0" }] });
		await new SQSClient({ region: "eu-west-1", credentials, useQueueUrlAsEndpoint: false, md5: false }).send(
			new SendMessageBatchCommand(batch),
		);
		const said = asked.map(({ method, path, headers, body }) => ({
			method,
			path,
			host: headers["host"],
			type: headers["content-type"],
			target: headers["x-amz-target"],
			input: JSON.parse(new TextDecoder().decode(body)) as unknown,
		}));
		expect(said[0]).toEqual(said[1]);
		expect(said[0]).toMatchObject({ target: "AmazonSQS.SendMessageBatch", input: batch });
	});

	it("hides messages by their receipt handles", async () => {
		const Entries = [{ Id: "0", ReceiptHandle: "r", VisibilityTimeout: 9 }];
		await direct({ region: "eu-west-1" }).changeMessageVisibilityBatch({ QueueUrl: batch.QueueUrl, Entries });
		expect(asked.map(({ headers }) => headers["x-amz-target"])).toEqual(["AmazonSQS.ChangeMessageVisibilityBatch"]);
		expect(asked[0]?.headers["authorization"]).toMatch(/\/20261120\/eu-west-1\/sqs\/aws4_request, /);
	});

	it("is made again when SQS throttles or fails", async () => {
		const fine = { status: 200, body: '{"Successful":[]}' };
		answers = [
			{ status: 400, body: '{"__type":"com.amazonaws.sqs#RequestThrottled","message":"Slow down."}' },
			{ status: 503, body: "<html>" },
			fine,
		];
		expect(await direct({ region: "eu-west-1" }).sendMessageBatch(batch)).toEqual({ Successful: [] });
		expect(asked).toHaveLength(3);
	});

	it("is made once when SQS refuses it, and says why", async () => {
		answers = [{ status: 400, body: '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"No such queue."}' }];
		await expect(direct({ region: "eu-west-1" }).sendMessageBatch(batch)).rejects.toMatchObject({
			name: "QueueDoesNotExist",
			message: "No such queue. (HTTP 400)",
		});
		expect(asked).toHaveLength(1);
	});
});

describe("the endpoint", () => {
	const wishes = [
		{},
		{ useFipsEndpoint: true },
		{ useDualstackEndpoint: true },
		{ useFipsEndpoint: true, useDualstackEndpoint: true },
	];
	const regions = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1"];
	const cases = regions.flatMap((region) => wishes.map((wish) => ({ region, ...wish })));

	it.each(cases)("of %o is the SDK's", async (config) => {
		await direct(config).sendMessageBatch(batch);
		await new SQSClient({ credentials, useQueueUrlAsEndpoint: false, md5: false, ...config }).send(
			new SendMessageBatchCommand(batch),
		);
		const [ours, theirs] = addresses();
		expect(ours).toBe(theirs);
	});

	it.each([
		["AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9324", "http://127.0.0.1:9324/"],
		["AWS_ENDPOINT_URL", "https://gateway.example/aws/", "https://gateway.example/aws/"],
	])("is that of %s", async (name, value, address) => {
		vi.stubEnv(name, value);
		await direct({ region: "eu-west-1" }).sendMessageBatch(batch);
		expect(addresses()).toEqual([address]);
	});
});
