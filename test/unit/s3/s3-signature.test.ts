/** Requests are signed as S3 checks them. The signatures were made by botocore 1.43.11 (S3SigV4Auth) from the same instant, keys and texts. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createS3BlobStore } from "../../../shared/aws/s3-blob-store.ts";
import type { BlobStore } from "../../../shared/ports/blob-store.ts";
import { catchRequestsToS3, type SentToS3 } from "../../support/sent-to-s3.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual-clock.ts";

let sent: SentToS3;
let clock: VirtualClock;
beforeEach(() => {
	for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]) vi.stubEnv(name, undefined);
	vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
	sent = catchRequestsToS3();
	// 2026-11-20T09:00:00Z
	clock = createVirtualClock();
});
afterEach(() => {
	sent.stop();
	vi.unstubAllEnvs();
});

interface Loan {
	readonly sessionToken?: string;
	readonly systemClockOffset?: number;
}

function blobs({ sessionToken, systemClockOffset = 0 }: Loan = {}): BlobStore {
	const lender = new DynamoDBClient({
		region: "eu-west-1",
		credentials: {
			accessKeyId: "AKIDEXAMPLE",
			secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			...(sessionToken === undefined ? {} : { sessionToken }),
		},
		systemClockOffset,
	});
	return createS3BlobStore({ bucket: "millrace-payloads", lender, clock });
}

const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

it("puts with a session token", async () => {
	await blobs({ sessionToken: "TOKEN//example==" }).put("inputs/a b+cé.json", '{"a":"é😀"}');
	const { body, ...request } = sent.requests[0] ?? {};
	expect(request).toMatchObject({
		method: "PUT",
		path: "/inputs/a%20b%2Bc%C3%A9.json",
		query: {},
		headers: {
			host: "millrace-payloads.s3.eu-west-1.amazonaws.com",
			"content-length": "14",
			"content-type": "application/json",
			"user-agent": "millrace",
			"x-amz-content-sha256": "b0699189cec62a436823aaea2adabe24b05b6a8a47f99ff48a50e549ae8b2043",
			"x-amz-date": "20261120T090000Z",
			"x-amz-security-token": "TOKEN//example==",
			authorization:
				"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/s3/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=9135456023a854d23dc1961cea6351f3e9090b388b915b83532b0e1a25b1d8bd",
		},
	});
	expect(Buffer.from(body).toString("utf8")).toBe('{"a":"é😀"}');
});

it("gets without one", async () => {
	await blobs().get("inputs/a b+cé.json");
	expect(sent.requests[0]?.headers).toEqual({
		host: "millrace-payloads.s3.eu-west-1.amazonaws.com",
		"user-agent": "millrace",
		"x-amz-content-sha256": emptySha256,
		"x-amz-date": "20261120T090000Z",
		authorization:
			"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=eef6ba641396c6bc8818f69a63cf3711dd3b474f9194e2dcebae4895cb5dbc32",
	});
});

it("signs for AWS's time where the machine's clock is known to be wrong", async () => {
	await blobs({ systemClockOffset: -3_600_000 }).get("inputs/a.json");
	expect(sent.requests[0]?.headers["x-amz-date"]).toBe("20261120T080000Z");
});
