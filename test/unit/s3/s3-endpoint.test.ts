/** Which host a bucket's objects are asked of. Literals by S3's documentation; the SDK's own S3 client, which is not deployed, agrees. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createS3BlobStore } from "../../../shared/aws/s3-blob-store.ts";
import { createSystemClock } from "../../../shared/aws/system-clock.ts";
import { localAccess } from "../../support/emulators.ts";
import { catchRequestsToS3, type SentToS3 } from "../../support/sent-to-s3.ts";

let sent: SentToS3;
beforeEach(() => {
	for (const name of ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
	vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
	vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
	sent = catchRequestsToS3();
});
afterEach(() => {
	sent.stop();
	vi.unstubAllEnvs();
});

interface Settings {
	readonly region: string;
	readonly useFipsEndpoint?: boolean;
	readonly useDualstackEndpoint?: boolean;
}

async function askOurs(bucket: string, settings: Settings, endpoint?: string): Promise<string> {
	const lender = new DynamoDBClient({ ...localAccess, ...settings });
	const clock = createSystemClock();
	await createS3BlobStore({ bucket, lender, clock, ...(endpoint === undefined ? {} : { endpoint }) }).get("a/1.json");
	return sent.lastUrl();
}

describe("AWS's own endpoint", () => {
	it.each([
		["payloads", { region: "us-east-1" }, "https://payloads.s3.us-east-1.amazonaws.com/a/1.json"],
		["payloads", { region: "eu-west-1" }, "https://payloads.s3.eu-west-1.amazonaws.com/a/1.json"],
		["payloads", { region: "cn-north-1" }, "https://payloads.s3.cn-north-1.amazonaws.com.cn/a/1.json"],
		["payloads", { region: "us-gov-west-1" }, "https://payloads.s3.us-gov-west-1.amazonaws.com/a/1.json"],
		["payloads", { region: "us-iso-east-1" }, "https://payloads.s3.us-iso-east-1.c2s.ic.gov/a/1.json"],
		["payloads", { region: "eusc-de-east-1" }, "https://payloads.s3.eusc-de-east-1.amazonaws.eu/a/1.json"],
		["my.payloads", { region: "eu-west-1" }, "https://s3.eu-west-1.amazonaws.com/my.payloads/a/1.json"],
		[
			"payloads",
			{ region: "us-east-1", useFipsEndpoint: true },
			"https://payloads.s3-fips.us-east-1.amazonaws.com/a/1.json",
		],
		[
			"payloads",
			{ region: "eu-west-1", useDualstackEndpoint: true },
			"https://payloads.s3.dualstack.eu-west-1.amazonaws.com/a/1.json",
		],
		[
			"payloads",
			{ region: "us-west-2", useFipsEndpoint: true, useDualstackEndpoint: true },
			"https://payloads.s3-fips.dualstack.us-west-2.amazonaws.com/a/1.json",
		],
	] satisfies [string, Settings, string][])("of %s with %j is %s", async (bucket, settings, url) => {
		expect(await askOurs(bucket, settings)).toBe(url);

		const s3 = new S3Client({ ...localAccess, ...settings });
		await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "a/1.json" }));
		expect(sent.lastUrl()).toBe(url);
	});
});

describe("an endpoint from outside", () => {
	it("comes from the environment, S3's before the general one, and has the bucket in the path", async () => {
		vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1/");
		expect(await askOurs("payloads", { region: "eu-west-1" })).toBe("http://127.0.0.1:1/payloads/a/1.json");
		vi.stubEnv("AWS_ENDPOINT_URL_S3", "https://s3.internal/base/");
		expect(await askOurs("payloads", { region: "eu-west-1" })).toBe("https://s3.internal/base/payloads/a/1.json");
	});

	it("gives way to one that is given", async () => {
		vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
		expect(await askOurs("payloads", { region: "eu-west-1" }, "http://127.0.0.1:2")).toBe(
			"http://127.0.0.1:2/payloads/a/1.json",
		);
	});

	it("that is no URL fails the call and says so", async () => {
		await expect(askOurs("payloads", { region: "eu-west-1" }, "s3.internal")).rejects.toMatchObject({
			code: "blob-failed",
			message: "S3 GetObject of a/1.json from bucket payloads failed: TypeError: Invalid URL",
		});
	});
});
