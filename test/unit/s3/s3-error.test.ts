import { describe, expect, it } from "vitest";
import { readS3Error, type S3Refusal } from "../../../shared/aws/s3-error.ts";

const xml = (inside: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inside}</Error>`;
const said = (refusal: Partial<S3Refusal>): string => {
	const { name, message } = readS3Error({ status: 400, headers: {}, body: "", region: "us-east-1", ...refusal });
	return `${name}: ${message}`;
};

describe("an error of S3", () => {
	it("is told with code, message, status and request", () => {
		const body = xml(
			"<Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>656c76696e67</RequestId><HostId>Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2</HostId>",
		);
		expect(said({ status: 403, body })).toBe("AccessDenied: Access Denied (HTTP 403, request 656c76696e67)");
		expect(said({ status: 403, body, headers: { "x-amz-request-id": "FROMHEADER" } })).toBe(
			"AccessDenied: Access Denied (HTTP 403, request FROMHEADER)",
		);
	});

	it("names the bucket's region where another one was asked", () => {
		const moved = xml(
			"<Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.</Message><Endpoint>payloads.s3-eu-west-1.amazonaws.com</Endpoint><Bucket>payloads</Bucket>",
		);
		expect(said({ status: 301, body: moved, headers: { "x-amz-bucket-region": "eu-west-1" } })).toBe(
			"PermanentRedirect: The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint. (HTTP 301) The bucket is in eu-west-1, and us-east-1 was asked: set AWS_REGION.",
		);
		const malformed = xml(
			"<Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region &apos;us-east-1&apos; is wrong; expecting &apos;eu-west-1&apos;</Message><Region>eu-west-1</Region>",
		);
		expect(said({ status: 400, body: malformed })).toBe(
			"AuthorizationHeaderMalformed: The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1' (HTTP 400) The bucket is in eu-west-1, and us-east-1 was asked: set AWS_REGION.",
		);
		expect(
			said({ status: 403, body: xml("<Code>AccessDenied</Code>"), headers: { "x-amz-bucket-region": "us-east-1" } }),
		).not.toContain("AWS_REGION");
	});

	it.each([
		["nothing", ""],
		["a proxy's page", "<html><title>502 Bad Gateway</title></html>"],
		["a document cut off", "<Error><Code>Slow"],
	])("is told by its status when the answer is %s", (_what, body) => {
		expect(said({ status: 502, body })).toBe("HTTP 502: an answer without S3's error document (HTTP 502)");
	});

	it("is one line of text, whatever the answer holds", () => {
		const body = xml(
			`<Code>Odd</Code><Message>\u001b[31m&lt;b&gt; \r\n a &amp;amp; b\u2028c &unknown; &#27;${"x".repeat(2_000)}</Message>`,
		);
		expect(said({ body })).toBe(`Odd: [31m<b> a &amp; b c &unknown; &#27;${"x".repeat(465)} (HTTP 400)`);
	});

	it("has its code for a name and its status where the SDK looks when it judges a retry", () => {
		const error = readS3Error({ status: 503, headers: {}, body: xml("<Code>SlowDown</Code>"), region: "us-east-1" });
		expect(error).toBeInstanceOf(Error);
		expect(error).toMatchObject({ name: "SlowDown", $metadata: { httpStatusCode: 503 } });
	});
});
