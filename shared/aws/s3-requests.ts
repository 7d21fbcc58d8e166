/**
 * One signed request to an object in S3: what the generated client does for these two operations. See
 * docs/decisions/0007-s3-without-its-client.md.
 */
import { escapeUriPath, HttpRequest } from "@smithy/core/protocols";
import { findS3Endpoint, type S3Endpoint } from "./s3-endpoint.ts";
import { readS3Error } from "./s3-error.ts";
import { createSdkSigner, createSignedRequests, type Lent } from "./signed-requests.ts";

export interface S3Access extends Lent {
	readonly bucket: string;
	/** Instead of AWS's or the one of the environment; the bucket then stands in the path. */
	readonly endpoint?: string;
	/** How long one try waits for an answer. Default 30 s: blobs are a few megabytes at most. */
	readonly requestTimeoutMs?: number;
}

export interface S3Put {
	readonly body: Uint8Array;
	readonly contentType: string;
}

/** Gets the object, or puts it; resolves to the answer's body. @throws S3Error, or what Node says of the connection */
export type SendToS3 = (key: string, put?: S3Put) => Promise<string>;

export function createS3Requests({ bucket, lender, clock, endpoint, requestTimeoutMs = 30_000 }: S3Access): SendToS3 {
	const send = createSignedRequests({ lender, clock, sign: createSdkSigner("s3", false, lender), requestTimeoutMs });
	/** Found on first use. */
	let found: S3Endpoint | undefined;

	return async (key, put) => {
		found ??= await findS3Endpoint(bucket, lender, endpoint);
		const at = found;
		return send(requestTo(at, key, put), (answer) =>
			answer.status === 200 ? undefined : readS3Error({ ...answer, region: at.region }),
		);
	};
}

function requestTo({ url, prefix }: S3Endpoint, key: string, put: S3Put | undefined): HttpRequest {
	return new HttpRequest({
		method: put === undefined ? "GET" : "PUT",
		protocol: url.protocol,
		hostname: url.hostname,
		...(url.port === "" ? {} : { port: Number(url.port) }),
		path: `${prefix}${escapeUriPath(key)}`,
		headers: {
			host: url.host,
			"user-agent": "millrace",
			...(put === undefined ? {} : { "content-length": String(put.body.byteLength), "content-type": put.contentType }),
		},
		body: put?.body,
	});
}
