/** What a worker's client of DynamoDB sends, and what it does about answers and breakdowns, against a server that answers as it is told. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import {
	ConditionalCheckFailedException,
	DynamoDBClient,
	GetItemCommand,
	ProvisionedThroughputExceededException,
	PutItemCommand,
	ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";
import { HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DirectDynamoDb } from "../../shared/aws/direct-dynamo-db.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { dynamoDbClient } from "../support/emulators.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

interface Asked {
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}
type Answer = (response: ServerResponse) => void;

let server: Server;
let endpoint: string;
let clock: Clock;
let client: DirectDynamoDb;
/** Used one a request, the last one for all further requests. */
let answers: Answer[];
let asked: Asked[];

beforeEach(async () => {
	// The SDK's retries wait a random part of half a second.
	vi.spyOn(Math, "random").mockReturnValue(0);
	for (const name of ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"]) vi.stubEnv(name, undefined);
	vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
	asked = [];
	answers = [found];
	server = createServer((request, response) => {
		void text(request).then((body) => {
			asked.push({ headers: request.headers, body });
			const answer = answers.length > 1 ? answers.shift() : answers[0];
			answer?.(response);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	// 2026-11-20T09:00:00Z
	clock = createVirtualClock();
	client = direct(dynamoDbClient(endpoint, { maxAttempts: 3 }));
});
afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllEnvs();
	server.closeAllConnections();
	server.close();
});

const direct = (lender: DynamoDBClient): DirectDynamoDb =>
	new DirectDynamoDb({ lender, clock, connectTimeoutMs: 200, requestTimeoutMs: 200 });

const told =
	(status: number, body: string, date?: string): Answer =>
	(response) => {
		response.sendDate = false;
		response.writeHead(status, date === undefined ? {} : { date }).end(body);
	};
const found = told(200, '{"Item":{"pk":{"S":"é😀"}}}');
const refusal = (status: number, name: string, date?: string): Answer =>
	told(status, `{"__type":"com.amazonaws.dynamodb.v20120810#${name}","message":"Told by ${name}."}`, date);
const reset: Answer = (response) => void response.socket?.resetAndDestroy();
const breakOff: Answer = (response) => {
	response.writeHead(200, { "content-length": "100" });
	response.write('{"Item":');
	setImmediate(() => response.socket?.destroy());
};
const silence: Answer = () => {};

const get = () => new GetItemCommand({ TableName: "runs", Key: { pk: { S: "é😀" } }, ConsistentRead: true });
const getBody = '{"TableName":"runs","Key":{"pk":{"S":"é😀"}},"ConsistentRead":true}';
const item = { pk: { S: "é😀" } };

describe("a request to DynamoDB", () => {
	it("says what the SDK's own client says", async () => {
		const sdk = dynamoDbClient(endpoint);
		const put = new PutItemCommand({
			TableName: "runs",
			Item: { pk: { S: "é😀" }, ttl: { N: "1" }, on: { BOOL: true } },
		});
		await sdk.send(put);
		await client.send(put);
		sdk.destroy();
		const said = asked.map(({ headers, body }) => ({
			host: headers.host,
			type: headers["content-type"],
			target: headers["x-amz-target"],
			length: headers["content-length"],
			body,
		}));
		expect(said[1]).toEqual(said[0]);
		expect(said[1]).toMatchObject({ type: "application/x-amz-json-1.0", target: "DynamoDB_20120810.PutItem" });
	});

	it("answers what DynamoDB does, wherever its bytes are cut", async () => {
		answers = [
			(response) => {
				const bytes = Buffer.from('{"Item":{"pk":{"S":"é😀"}}}');
				response.write(bytes.subarray(0, 21));
				setImmediate(() => response.end(bytes.subarray(21)));
			},
		];
		expect((await client.send(get())).Item).toEqual(item);
		expect(asked.map(({ body }) => body)).toEqual([getBody]);
	});

	it.each<[string, Answer]>([
		["500 InternalServerError", refusal(500, "InternalServerError")],
		["503 of something in between", told(503, "<html>Service Unavailable</html>")],
		["503 without a word", told(503, "")],
		["400 ThrottlingException", refusal(400, "ThrottlingException")],
		["400 ProvisionedThroughputExceededException", refusal(400, "ProvisionedThroughputExceededException")],
		["400 RequestLimitExceeded", refusal(400, "RequestLimitExceeded")],
		["a reset connection", reset],
		["a connection that breaks in the middle of an answer", breakOff],
		["no answer in time", silence],
	])("is made again after %s", async (_what, fault) => {
		answers = [fault, found];
		expect((await client.send(get())).Item).toEqual(item);
		expect(asked.map(({ body }) => body)).toEqual([getBody, getBody]);
	});

	it("is given up after three tries, with what the last one was told", async () => {
		answers = [refusal(500, "InternalServerError"), reset, refusal(400, "ProvisionedThroughputExceededException")];
		const error = await client.send(get()).catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(ProvisionedThroughputExceededException);
		expect(error).toMatchObject({ message: "Told by ProvisionedThroughputExceededException." });
		expect(asked).toHaveLength(3);
	});

	it("that nobody takes says so", async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		await expect(client.send(get())).rejects.toMatchObject({ code: "ECONNREFUSED" });
	});

	it.each([
		["ValidationException", 400],
		["UnknownOperationException", 400],
		["AccessDeniedException", 400],
		["ResourceNotFoundException", 400],
	])("is made once when the answer is %s", async (name, status) => {
		answers = [refusal(status, name)];
		await expect(client.send(get())).rejects.toMatchObject({ name, message: `Told by ${name}.` });
		expect(asked).toHaveLength(1);
	});

	it("rejects with the SDK's classes, and the item that stood in the way", async () => {
		answers = [
			told(
				400,
				'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed","Item":{"pk":{"S":"é😀"}}}',
			),
			refusal(400, "ResourceNotFoundException"),
		];
		const refused = await client.send(get()).catch((thrown: unknown) => thrown);
		expect(refused).toBeInstanceOf(ConditionalCheckFailedException);
		expect(refused).toMatchObject({ name: "ConditionalCheckFailedException", Item: item });
		await expect(client.send(get())).rejects.toBeInstanceOf(ResourceNotFoundException);
		expect(asked).toHaveLength(2);
	});
});

describe("the time of a signature", () => {
	const eight = "Fri, 20 Nov 2026 08:00:00 GMT";
	const dates = (): unknown[] => asked.map(({ headers }) => headers["x-amz-date"]);

	it("is AWS's once an answer has told it", async () => {
		answers = [told(200, "{}", eight)];
		await client.send(get());
		await client.send(get());
		expect(dates()).toEqual(["20261120T090000Z", "20261120T080000Z"]);
	});

	it("is mended when it was why the request was refused", async () => {
		answers = [refusal(400, "InvalidSignatureException", eight), found];
		expect((await client.send(get())).Item).toEqual(item);
		expect(dates()).toEqual(["20261120T090000Z", "20261120T080000Z"]);
	});

	it("is no reason to repeat what was refused for another, nor what was signed at the right time", async () => {
		answers = [
			refusal(400, "ConditionalCheckFailedException", eight),
			refusal(400, "InvalidSignatureException", "Fri, 20 Nov 2026 08:00:01 GMT"),
		];
		await expect(client.send(get())).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
		await expect(client.send(get())).rejects.toMatchObject({ name: "InvalidSignatureException" });
		expect(dates()).toEqual(["20261120T090000Z", "20261120T080000Z"]);
	});
});

describe("where and as whom", () => {
	/** Seen just before the wire, and answered there. */
	function catchRequests(): HttpRequest[] {
		const requests: HttpRequest[] = [];
		vi.spyOn(NodeHttpHandler.prototype, "handle").mockImplementation(async (request) => {
			requests.push(HttpRequest.clone(request));
			return { response: new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from([Buffer.from("{}")]) }) };
		});
		return requests;
	}
	const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

	/** Signed by botocore 1.43.11 (SigV4Auth) from the same instant, keys and text. */
	it("goes to AWS, signed", async () => {
		const requests = catchRequests();
		await direct(
			new DynamoDBClient({
				region: "eu-west-1",
				credentials: { ...credentials, sessionToken: "TOKEN//example==" },
			}),
		).send(get());
		const { protocol, hostname, port, path, method, headers } = requests[0] ?? {};
		expect({ protocol, hostname, port, path, method, headers }).toEqual({
			protocol: "https:",
			hostname: "dynamodb.eu-west-1.amazonaws.com",
			port: undefined,
			path: "/",
			method: "POST",
			headers: {
				host: "dynamodb.eu-west-1.amazonaws.com",
				"user-agent": "millrace",
				"content-type": "application/x-amz-json-1.0",
				"content-length": "70",
				"x-amz-target": "DynamoDB_20120810.GetItem",
				"x-amz-content-sha256": "326b41c59683777a4acce52ac40e4bbfada448e1983709b0b2d29ea9de282f13",
				"x-amz-date": "20261120T090000Z",
				"x-amz-security-token": "TOKEN//example==",
				authorization:
					"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target, Signature=4430d608b1b1f68734e914ba28971a72ec2e0984715b75aed7092156f5029cdf",
			},
		});
	});

	it.each([
		["AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000", "http: 127.0.0.1 8000 /"],
		["AWS_ENDPOINT_URL", "https://gateway.example/dynamodb/", "https: gateway.example undefined /dynamodb/"],
		["AWS_USE_FIPS_ENDPOINT", "true", "https: dynamodb-fips.us-east-1.amazonaws.com undefined /"],
		["AWS_REGION", "cn-north-1", "https: dynamodb.cn-north-1.amazonaws.com.cn undefined /"],
	])("takes %s", async (name, value, where) => {
		const requests = catchRequests();
		vi.stubEnv("AWS_REGION", "us-east-1");
		vi.stubEnv(name, value);
		await direct(new DynamoDBClient({ credentials })).send(get());
		expect(requests.map(({ protocol, hostname, port, path }) => `${protocol} ${hostname} ${port} ${path}`)).toEqual([
			where,
		]);
	});

	it("asks for credentials before each try, so that rotated ones are used", async () => {
		let accessKeyId = "FIRST";
		const credentials = async () => ({ accessKeyId, secretAccessKey: "s", expiration: new Date(0) });
		const rotated = direct(dynamoDbClient(endpoint, { maxAttempts: 3, credentials }));
		answers = [
			(response) => {
				accessKeyId = "SECOND";
				refusal(500, "InternalServerError")(response);
			},
			found,
		];
		await rotated.send(get());
		accessKeyId = "THIRD";
		await rotated.send(get());
		expect(asked.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1])).toEqual([
			"FIRST",
			"SECOND",
			"THIRD",
		]);
	});
});
