/**
 * Signature Version 4 of the one kind of request that DynamoDB and SQS take (json-post.ts): a POST with a body, a target and no query. The
 * SDK's signer looks at each request for what else there might be, and hashes the secret to find its key. The signature is the same.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { escapeUriPath } from "@smithy/core/protocols";
import { toIso } from "../kernel/time.ts";
import type { Lent, Sign } from "./signed-requests.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";

/** Signs `content-type`, `host` and `x-amz-target`, and what it adds. */
export function createPostSigner(service: string, { config }: Lent["lender"]): Sign {
	let key: DayKey | undefined;

	return async (request, at) => {
		const region = await config.region();
		const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
		const time = toIso(at).replace(/[-:]|\.\d+/g, "");
		const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
		if (key?.scope !== scope || key.secretAccessKey !== secretAccessKey) key = dayKey(secretAccessKey, scope);

		const { headers } = request;
		headers["x-amz-content-sha256"] = hash("sha256", request.body);
		headers["x-amz-date"] = time;
		if (sessionToken !== undefined) headers["x-amz-security-token"] = sessionToken;
		const names = sessionToken === undefined ? signedNames : signedNamesWithToken;
		const list = names.join(";");
		const canonical = `POST\n${escapeUriPath(request.path)}\n\n${names.map((name) => `${name}:${headers[name]}\n`).join("")}\n${list}\n${headers["x-amz-content-sha256"]}`;
		const toSign = `${ALGORITHM}\n${time}\n${scope}\n${hash("sha256", canonical)}`;
		const signature = createHmac("sha256", key.key).update(toSign).digest("hex");
		headers["authorization"] =
			`${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`;
		return request;
	};
}

/** In their order. */
const signedNames = ["content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-target"];
const signedNamesWithToken = [...signedNames, "x-amz-security-token"].sort();

interface DayKey {
	readonly scope: string;
	readonly secretAccessKey: string;
	readonly key: KeyObject;
}

/** Node wraps raw keys anew for each HMAC; so it is given a wrapped one. */
function dayKey(secretAccessKey: string, scope: string): DayKey {
	let key: string | Buffer = `AWS4${secretAccessKey}`;
	for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
	return { scope, secretAccessKey, key: createSecretKey(Buffer.from(key)) };
}
