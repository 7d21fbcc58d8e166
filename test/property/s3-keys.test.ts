/** Keys reach S3 as the SDK's own client, which is not deployed, would send them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createS3BlobStore } from "../../shared/aws/s3-blob-store.ts";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { localAccess } from "../support/emulators.ts";
import { catchRequestsToS3, type SentToS3 } from "../support/sent-to-s3.ts";

let sent: SentToS3;
beforeAll(() => {
	sent = catchRequestsToS3();
});
afterAll(() => sent.stop());

const endpoint = "http://127.0.0.1:1";
const blobs = createS3BlobStore({
	bucket: "payloads",
	lender: new DynamoDBClient(localAccess),
	clock: createSystemClock(),
	endpoint,
});
const s3 = new S3Client({ ...localAccess, endpoint, forcePathStyle: true });

describe("a key", () => {
	it.each([
		["results/run-1/1.json", "/payloads/results/run-1/1.json"],
		["with space", "/payloads/with%20space"],
		["a+b", "/payloads/a%2Bb"],
		["é/ключ/😀", "/payloads/%C3%A9/%D0%BA%D0%BB%D1%8E%D1%87/%F0%9F%98%80"],
		["a:b=c&d?e#f%20", "/payloads/a%3Ab%3Dc%26d%3Fe%23f%2520"],
		["!'()*~-_.", "/payloads/%21%27%28%29%2A~-_."],
		["a//b/./../c", "/payloads/a//b/./../c"],
	])("%s goes as %s", async (key, path) => {
		await blobs.get(key);
		expect(sent.requests.at(-1)?.path).toBe(path);
	});

	it("of any characters goes as from the SDK's client", async () => {
		await fc.assert(
			fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), async (key) => {
				await blobs.get(key);
				const ours = sent.requests.at(-1)?.path;
				await s3.send(new GetObjectCommand({ Bucket: "payloads", Key: key }));
				expect(ours).toBe(sent.requests.at(-1)?.path);
			}),
		);
	});

	it("that is no text fails and is not sent", async () => {
		const before = sent.requests.length;
		await expect(blobs.get("\ud83d")).rejects.toMatchObject({ code: "blob-failed" });
		expect(sent.requests.length).toBe(before);
	});
});
