/** The two operations by which messages are sent and hidden: by the SDK's client (sqs-queue.ts), or as a worker makes them. */
import type {
	ChangeMessageVisibilityBatchCommandInput,
	SendMessageBatchCommandInput,
	SendMessageBatchResult,
} from "@aws-sdk/client-sqs";
import { configuredEndpoint, regionalEndpoint } from "./aws-endpoint.ts";
import { refusalOf } from "./json-answers.ts";
import { jsonPost } from "./json-post.ts";
import { createPostSigner } from "./post-signer.ts";
import { createSignedRequests, type SignedRequestsOptions } from "./signed-requests.ts";

export interface SqsCalls {
	sendMessageBatch(input: SendMessageBatchCommandInput): Promise<Partial<SendMessageBatchResult>>;
	changeMessageVisibilityBatch(input: ChangeMessageVisibilityBatchCommandInput): Promise<unknown>;
}

/**
 * Without the generated client, for the reasons of docs/decisions/0007-s3-without-its-client.md. An endpoint from the environment goes before
 * the host in a queue's URL, which names the queue.
 */
export function createDirectSqs(options: Omit<SignedRequestsOptions, "sign">): SqsCalls {
	const { config } = options.lender;
	const send = createSignedRequests({ ...options, sign: createPostSigner("sqs", options.lender) });
	/** Found on first use. */
	let at: URL | undefined;

	async function call(operation: string, input: object): Promise<Partial<SendMessageBatchResult>> {
		at ??= new URL((await configuredEndpoint(config, "SQS")) ?? (await regionalEndpoint(config, "sqs")));
		return JSON.parse(await send(jsonPost(at, `AmazonSQS.${operation}`, input), refusalOf));
	}

	return {
		sendMessageBatch: (input) => call("SendMessageBatch", input),
		changeMessageVisibilityBatch: (input) => call("ChangeMessageVisibilityBatch", input),
	};
}
