/**
 * Signed requests to a service of AWS without its generated client, tried again as the SDK would: made of the SDK's own parts, which every
 * worker has loaded anyhow for DynamoDB and SQS. See docs/decisions/0007-s3-without-its-client.md.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { isThrottlingError, isTransientError, StandardRetryStrategy } from "@smithy/core/retry";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Clock } from "../ports/clock.ts";

/** What is shared with an SDK client of the same account: region, credentials and settings. */
export interface Lent {
	readonly lender: DynamoDBClient;
	readonly clock: Clock;
}

export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

export interface SignedRequestsOptions extends Lent {
	/** As signatures spell it: "s3", "scheduler". */
	readonly service: string;
	/** S3 takes a path as it is escaped once; other services want it escaped once more in the signature. */
	readonly uriEscapePath: boolean;
	/** How long one try waits for an answer. */
	readonly requestTimeoutMs: number;
}

/** The body of the answer. `refusal`: the error that an answer stands for, if any; its name and status decide whether it is tried again. */
export type SendSigned = (request: HttpRequest, refusal: (answer: Answer) => Error | undefined) => Promise<string>;

/** The service is in the region; whoever takes longer than this to open a connection is better asked again. */
const CONNECT_TIMEOUT_MS = 3_000;
/** A connection on which nothing has moved for so long is dead. */
const IDLE_TIMEOUT_MS = 10_000;

export function createSignedRequests(options: SignedRequestsOptions): SendSigned {
	const { service, uriEscapePath, requestTimeoutMs, clock } = options;
	const { config } = options.lender;
	const retries = new StandardRetryStrategy(config.maxAttempts);
	const handler = new NodeHttpHandler({
		connectionTimeout: CONNECT_TIMEOUT_MS,
		socketTimeout: IDLE_TIMEOUT_MS,
		requestTimeout: requestTimeoutMs,
		throwOnRequestTimeout: true,
	});
	const { region, credentials } = config;
	const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath });

	const tryOnce: SendSigned = async (request, refusal) => {
		const signed = await signer.sign(HttpRequest.clone(request), {
			// The lender has learned by its own requests how wrong this machine's clock is.
			signingDate: new Date(clock.now() + config.systemClockOffset),
		});
		const { response } = await handler.handle(HttpRequest.clone(signed));
		const body = await readText(response.body);
		const error = refusal({ status: response.statusCode, headers: response.headers, body });
		if (error !== undefined) throw error;
		return body;
	};

	return async (request, refusal) => {
		let token = await retries.acquireInitialRetryToken(service);
		for (;;) {
			try {
				const answer = await tryOnce(request, refusal);
				retries.recordSuccess(token);
				return answer;
			} catch (error) {
				// Waits, or rejects when it is enough.
				const errorType = errorTypeOf(error as SdkError);
				const next = await retries.refreshRetryTokenForRetry(token, { errorType }).catch(() => undefined);
				if (next === undefined) throw error;
				token = next;
			}
		}
	};
}

type SdkError = Parameters<typeof isTransientError>[0];

function errorTypeOf(error: SdkError): "THROTTLING" | "TRANSIENT" | "CLIENT_ERROR" {
	if (isThrottlingError(error)) return "THROTTLING";
	return isTransientError(error) ? "TRANSIENT" : "CLIENT_ERROR";
}

/** Rejects when the connection ends before the answer does. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of body) chunks.push(chunk);
	return Buffer.concat(chunks).toString("utf8");
}
