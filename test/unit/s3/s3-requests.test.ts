/** What the S3 adapter does about answers and breakdowns, against a server that answers as it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createS3BlobStore } from "../../../shared/aws/s3-blob-store.ts";
import { createSystemClock } from "../../../shared/aws/system-clock.ts";
import type { BlobStore } from "../../../shared/ports/blob-store.ts";
import { dynamoDbClient } from "../../support/emulators.ts";

type Answer = (response: ServerResponse, request: IncomingMessage, body: Buffer) => void;

let server: Server;
let blobs: BlobStore;
/** Used one a request, the last one for all further requests. */
let answers: Answer[];
/** Method, path and length of the body of every request. */
let asked: string[];

beforeEach(async () => {
	// The SDK's retries wait a random part of half a second.
	vi.spyOn(Math, "random").mockReturnValue(0);
	asked = [];
	server = createServer((request, response) => {
		void buffer(request).then((body) => {
			asked.push(`${request.method} ${request.url} ${body.byteLength}`);
			const answer = answers.length > 1 ? answers.shift() : answers[0];
			answer?.(response, request, body);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const lender = dynamoDbClient(endpoint, { maxAttempts: 3 });
	blobs = createS3BlobStore({
		bucket: "payloads",
		lender,
		clock: createSystemClock(),
		endpoint,
		requestTimeoutMs: 200,
	});
});
afterEach(() => {
	vi.restoreAllMocks();
	server.closeAllConnections();
	server.close();
});

const found: Answer = (response) => void response.end("found");
const refusal =
	(status: number, code: string, headers: Record<string, string> = {}): Answer =>
	(response) =>
		void response
			.writeHead(status, { "content-type": "application/xml", "x-amz-request-id": "REQ1", ...headers })
			.end(`<Error><Code>${code}</Code><Message>Told by ${code}.</Message></Error>`);
const reset: Answer = (response) => void response.socket?.resetAndDestroy();
const breakOff: Answer = (response) => {
	response.writeHead(200, { "content-length": "100" });
	response.write("half");
	setImmediate(() => response.socket?.destroy());
};
const silence: Answer = () => {};

const GET = "GET /payloads/inputs/a.json 0";

describe("a request to S3", () => {
	it.each<[string, Answer]>([
		["503 without a document", (response) => void response.writeHead(503).end()],
		["503 SlowDown", refusal(503, "SlowDown")],
		["500 InternalError", refusal(500, "InternalError")],
		["429", (response) => void response.writeHead(429).end()],
		["400 RequestTimeout", refusal(400, "RequestTimeout")],
		["a reset connection", reset],
		["a connection that breaks in the middle of an object", breakOff],
		["no answer in time", silence],
	])("is made again after %s", async (_what, fault) => {
		answers = [fault, found];
		expect(await blobs.get("inputs/a.json")).toBe("found");
		expect(asked).toEqual([GET, GET]);
	});

	it("sends the whole blob again", async () => {
		answers = [reset, refusal(503, "SlowDown"), (response) => void response.end()];
		await blobs.put("inputs/a.json", "é");
		expect(asked).toEqual(Array.from({ length: 3 }, () => "PUT /payloads/inputs/a.json 2"));
	});

	it("is given up after three tries, and says what the last one was told", async () => {
		answers = [refusal(503, "SlowDown")];
		await expect(blobs.get("inputs/a.json")).rejects.toMatchObject({
			code: "blob-failed",
			message:
				"S3 GetObject of inputs/a.json from bucket payloads failed: SlowDown: Told by SlowDown. (HTTP 503, request REQ1)",
		});
		expect(asked).toEqual([GET, GET, GET]);
	});

	it.each<[string, Answer, string]>([
		["403", refusal(403, "AccessDenied"), "AccessDenied: Told by AccessDenied. (HTTP 403, request REQ1)"],
		[
			"a wrong region",
			refusal(400, "AuthorizationHeaderMalformed", { "x-amz-bucket-region": "eu-west-1" }),
			"AuthorizationHeaderMalformed: Told by AuthorizationHeaderMalformed. (HTTP 400, request REQ1) The bucket is in eu-west-1, and us-east-1 was asked: set AWS_REGION.",
		],
		[
			"a redirect",
			refusal(301, "PermanentRedirect", { "x-amz-bucket-region": "eu-west-1", location: "https://elsewhere" }),
			"PermanentRedirect: Told by PermanentRedirect. (HTTP 301, request REQ1) The bucket is in eu-west-1, and us-east-1 was asked: set AWS_REGION.",
		],
		["404 of the bucket", refusal(404, "NoSuchBucket"), "NoSuchBucket: Told by NoSuchBucket. (HTTP 404, request REQ1)"],
	])("is made once when the answer is %s", async (_what, answer, told) => {
		answers = [answer];
		await expect(blobs.get("inputs/a.json")).rejects.toMatchObject({
			code: "blob-failed",
			message: `S3 GetObject of inputs/a.json from bucket payloads failed: ${told}`,
		});
		await expect(blobs.put("inputs/a.json", "1")).rejects.toMatchObject({
			code: "blob-failed",
			message: `S3 PutObject of inputs/a.json to bucket payloads failed: ${told}`,
		});
		expect(asked).toEqual([GET, "PUT /payloads/inputs/a.json 1"]);
	});

	it("takes NoSuchKey for no blob", async () => {
		answers = [refusal(404, "NoSuchKey")];
		expect(await blobs.get("inputs/a.json")).toBeUndefined();
		expect(asked).toEqual([GET]);
	});

	it("never tells what is in an object, nor in a blob", async () => {
		answers = [(response) => void response.writeHead(206).end("<Error><Code>secret</Code></Error>")];
		const errors = [blobs.get("inputs/a.json"), blobs.put("inputs/a.json", "secret")].map((call) =>
			call.catch((error: unknown) => error),
		);
		for (const error of await Promise.all(errors)) {
			expect(error).toMatchObject({ code: "blob-failed" });
			expect(String(error)).toMatch(/HTTP 206/);
			expect(String(error)).not.toContain("secret");
		}
	});

	it("that nobody takes says so", async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		await expect(blobs.get("inputs/a.json")).rejects.toMatchObject({
			code: "blob-failed",
			message: expect.stringMatching(
				/^S3 GetObject of inputs\/a\.json from bucket payloads failed: Error: connect ECONNREFUSED/,
			),
		});
	});
});

describe("a blob", () => {
	const kept = new Map<string, Buffer>();
	const keep: Answer = (response, { method, url = "" }, body) => {
		if (method === "PUT") kept.set(url, body);
		response.end(method === "PUT" ? undefined : kept.get(url));
	};
	beforeEach(() => {
		answers = [keep];
	});

	it.each([
		["a byte order mark", "\uFEFF{}"],
		["emoji and other planes", "😀 𝒳 👩‍👩‍👧"],
		["1 MiB", "0123456789abcdef".repeat(65_536)],
		["1 MiB of two-byte characters", "é".repeat(524_288)],
		["line ends of all kinds", "a\r\nb\rc\n\u2028"],
	])("comes back as it was: %s", async (_what, text) => {
		await blobs.put("results/1.json", text);
		expect(await blobs.get("results/1.json")).toBe(text);
	});

	it("has U+FFFD for a lone surrogate, which UTF-8 can't say", async () => {
		await blobs.put("results/2.json", "a\ud83db\ude00");
		expect(await blobs.get("results/2.json")).toBe("a\uFFFDb\uFFFD");
	});
});
