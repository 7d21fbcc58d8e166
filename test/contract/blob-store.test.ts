/** The blob-store contract on memory and on fauxqs; and what the S3 adapter does when there is no bucket. */
import { expect, it } from "vitest";
import { startMessageServer } from "../../local/emulators/message-server.ts";
import { createS3BlobStore } from "../../shared/aws/s3-blob-store.ts";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import type { BlobStore } from "../../shared/ports/blob-store.ts";
import { dynamoDbClient } from "../support/emulators.ts";
import { createMemoryBlobStore } from "../support/memory-blob-store.ts";
import { describeBlobStore } from "./blob-store.contract.ts";

const blobsOn = (endpoint: string, bucket: string): BlobStore =>
	createS3BlobStore({ bucket, lender: dynamoDbClient(endpoint), clock: createSystemClock(), endpoint });

describeBlobStore("memory", async () => ({ store: createMemoryBlobStore(), stop: async () => {} }));

describeBlobStore("fauxqs", async () => {
	const server = await startMessageServer({ dataDir: undefined, port: 0 });
	server.ensureBucket("payloads");
	return { store: blobsOn(server.endpoint, "payloads"), stop: () => server.stop() };
});

it("says which call to which bucket failed", async () => {
	const server = await startMessageServer({ dataDir: undefined, port: 0 });
	const blobs = blobsOn(server.endpoint, "nowhere");
	await expect(blobs.put("inputs/a.json", "1")).rejects.toMatchObject({
		code: "blob-failed",
		message: expect.stringMatching(/^S3 PutObject of inputs\/a\.json to bucket nowhere failed: NoSuchBucket/),
	});
	await expect(blobs.get("inputs/a.json")).rejects.toMatchObject({
		code: "blob-failed",
		message: expect.stringMatching(/^S3 GetObject of inputs\/a\.json from bucket nowhere failed: NoSuchBucket/),
	});
	await server.stop();
});
