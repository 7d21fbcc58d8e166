/** The queue by the SDK's client, as producers and operators have it. */
import { ChangeMessageVisibilityBatchCommand, SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Queue } from "../ports/queue.ts";
import { createQueueOverSqs, type QueueOverSqsOptions } from "./queue-over-sqs.ts";

export interface SqsQueueOptions extends Omit<QueueOverSqsOptions, "sqs"> {
	/**
	 * Made with `useQueueUrlAsEndpoint: false`: an endpoint from the environment must win over the host in a queue's URL. On AWS it makes no
	 * difference.
	 */
	readonly client: SQSClient;
}

export const createSqsQueue = ({ client, ...options }: SqsQueueOptions): Queue =>
	createQueueOverSqs({
		...options,
		sqs: {
			sendMessageBatch: (input) => client.send(new SendMessageBatchCommand(input)),
			changeMessageVisibilityBatch: (input) => client.send(new ChangeMessageVisibilityBatchCommand(input)),
		},
	});
