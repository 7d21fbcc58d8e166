/** A worker's requests to DynamoDB are signed as the SDK's own signer would sign them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HttpRequest } from "@smithy/core/protocols";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createPostSigner } from "../../shared/aws/post-signer.ts";
import { createSdkSigner } from "../../shared/aws/signed-requests.ts";
import { epochMs } from "../../shared/kernel/time.ts";

const token = fc.stringMatching(/^[A-Za-z0-9+/=_-]{1,60}$/);

const signing = fc.record({
	region: fc.constantFrom("us-east-1", "cn-north-1", "eu-central-2"),
	credentials: fc.record(
		{ accessKeyId: token, secretAccessKey: token, sessionToken: token },
		{ requiredKeys: ["accessKeyId", "secretAccessKey"] },
	),
	// From the epoch's first millisecond to 2100.
	times: fc.array(fc.integer({ min: 0, max: 4_102_444_800_000 }), { minLength: 1, maxLength: 3 }),
	path: fc.constantFrom("/", "/dynamodb/", "/a%20b/c:d", "/é"),
	body: fc.string({ unit: "binary", maxLength: 2_000 }),
	operation: fc.constantFrom("GetItem", "BatchExecuteStatement"),
});

it("any POST has the signature of the SDK, on every day with the same signer", () =>
	fc.assert(
		fc.asyncProperty(signing, async ({ region, credentials, times, path, body, operation }) => {
			const lender = new DynamoDBClient({ region, credentials });
			const [ours, theirs] = [createPostSigner("dynamodb", lender), createSdkSigner("dynamodb", true, lender)];
			const request = () =>
				new HttpRequest({
					method: "POST",
					hostname: "dynamodb.example",
					path,
					headers: {
						host: "dynamodb.example",
						"content-type": "application/x-amz-json-1.0",
						"x-amz-target": `DynamoDB_20120810.${operation}`,
					},
					body: Buffer.from(body),
				});
			for (const time of times) {
				const at = epochMs(time);
				expect((await ours(request(), at)).headers).toEqual((await theirs(request(), at)).headers);
			}
		}),
	));

it("asks for region and credentials each time, and forgets the key of credentials that were rotated", async () => {
	const shown: string[] = [];
	const lender = new DynamoDBClient({
		region: "us-east-1",
		credentials: async () => ({
			accessKeyId: "SAME",
			secretAccessKey: shown.length === 0 ? "first" : "second",
			expiration: new Date(0),
		}),
	});
	const sign = createPostSigner("dynamodb", lender);
	for (let times = 0; times < 3; times++) {
		const request = new HttpRequest({ method: "POST", path: "/", headers: { host: "h" }, body: Buffer.from("{}") });
		shown.push((await sign(request, epochMs(0))).headers["authorization"]?.split("Signature=")[1] ?? "");
	}
	expect(shown[1]).not.toBe(shown[0]);
	expect(shown[2]).toBe(shown[1]);
});
