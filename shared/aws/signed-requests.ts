/**
 * Signed requests to a service of AWS without its generated client, tried again as the SDK would: made of the SDK's own parts, which every
 * worker has loaded anyhow for DynamoDB and SQS. See docs/decisions/0007-s3-without-its-client.md.
 */
import type { Readable } from "node:stream";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Sha256 } from "@smithy/core/checksum";
import type { HttpRequest } from "@smithy/core/protocols";
import { isClockSkewError, isThrottlingError, isTransientError, StandardRetryStrategy } from "@smithy/core/retry";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { type EpochMs, plusMs } from "../kernel/time.ts";
import type { Clock } from "../ports/clock.ts";

/** What is shared with an SDK client of the same account: region, credentials and settings. */
export interface Lent {
	readonly lender: Pick<DynamoDBClient, "config">;
	readonly clock: Clock;
}

export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

/** The request with a signature of that instant. It may be the same object, and is signed anew for each try. */
export type Sign = (request: HttpRequest, at: EpochMs) => Promise<HttpRequest>;

export interface SignedRequestsOptions extends Lent {
	readonly sign: Sign;
	/** How long one try waits for an answer. */
	readonly requestTimeoutMs: number;
	/** How long it waits for a connection. The service is in the region: what takes longer is better asked again. Default 3 s. */
	readonly connectTimeoutMs?: number;
}

/** The body of the answer. `refusal`: the error that an answer stands for, if any; its name and status decide whether it is tried again. */
export type SendSigned = (
	request: HttpRequest,
	refusal: (answer: Answer) => Error | Promise<Error> | undefined,
) => Promise<string>;

const CONNECT_TIMEOUT_MS = 3_000;
/** A connection on which nothing has moved for so long is dead. */
const IDLE_TIMEOUT_MS = 10_000;

export function createSignedRequests(options: SignedRequestsOptions): SendSigned {
	const { sign, requestTimeoutMs, connectTimeoutMs = CONNECT_TIMEOUT_MS, clock } = options;
	const { config } = options.lender;
	const retries = new StandardRetryStrategy(config.maxAttempts);
	const handler = new NodeHttpHandler({
		connectionTimeout: connectTimeoutMs,
		socketTimeout: IDLE_TIMEOUT_MS,
		requestTimeout: requestTimeoutMs,
		throwOnRequestTimeout: true,
	});

	const tryOnce: SendSigned = async (request, refusal) => {
		const sentAt = clock.now();
		const offset = config.systemClockOffset;
		const { response } = await handler.handle(await sign(request, plusMs(sentAt, offset)));
		const body = await readText(response.body);
		learnTheTime(response.headers["date"], sentAt);
		const error = await refusal({ status: response.statusCode, headers: response.headers, body });
		if (error === undefined) return body;
		throw markSkew(error, config.systemClockOffset - offset);
	};

	/** Every answer says how wrong this machine's clock is, for all who lend from one client. */
	function learnTheTime(date: string | undefined, sentAt: EpochMs): void {
		const serverTime = Date.parse(date ?? "");
		const now = clock.now();
		// What waited in a frozen function tells a time long past.
		if (!Number.isNaN(serverTime) && now - sentAt <= requestTimeoutMs) config.systemClockOffset = serverTime - now;
	}

	return async (request, refusal) => {
		let token = await retries.acquireInitialRetryToken("");
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

/**
 * By the SDK's signer, which signs whatever it is given.
 * @param service As signatures spell it: "s3", "scheduler".
 * @param uriEscapePath S3 takes a path as it is escaped once; other services want it escaped once more in the signature.
 */
export function createSdkSigner(service: string, uriEscapePath: boolean, { config }: Lent["lender"]): Sign {
	const { region, credentials } = config;
	const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath });
	// It signs a copy of what it is given.
	return async (request, at) => (await signer.sign(request, { signingDate: new Date(at) })) as HttpRequest;
}

type SdkError = Parameters<typeof isTransientError>[0];

/** AWS takes a signature for five minutes. One that was off by more than this may have been refused for its time, and is worth another. */
const CLOCK_SKEW_MS = 240_000;

/** In the SDK's own way, so that its judgement knows it. */
function markSkew(error: Error, learnedMs: number): Error {
	const { $metadata } = error as SdkError;
	if (Math.abs(learnedMs) < CLOCK_SKEW_MS || !isClockSkewError(error as SdkError)) return error;
	return Object.assign(error, { $metadata: { ...$metadata, clockSkewCorrected: true } });
}

function errorTypeOf(error: SdkError): "THROTTLING" | "TRANSIENT" | "CLIENT_ERROR" {
	if (isThrottlingError(error)) return "THROTTLING";
	return isTransientError(error) ? "TRANSIENT" : "CLIENT_ERROR";
}

/** Rejects when the connection ends before the answer does. */
function readText(body: Readable): Promise<string> {
	return new Promise((resolve, reject) => {
		const chunks: Uint8Array[] = [];
		body.on("data", (chunk: Uint8Array) => chunks.push(chunk));
		body.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
		body.once("error", reject);
	});
}
