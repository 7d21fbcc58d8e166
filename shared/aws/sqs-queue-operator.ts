/** What an operator does with queues, over SQS. Needs rights that a worker does not have. */
import {
	type BatchResultErrorEntry,
	ChangeMessageVisibilityBatchCommand,
	DeleteMessageBatchCommand,
	GetQueueAttributesCommand,
	type Message,
	PurgeQueueCommand,
	ReceiveMessageCommand,
	type SQSClient,
} from "@aws-sdk/client-sqs";
import { MillraceError } from "../kernel/errors.ts";
import { SQS_BATCH_ENTRIES_MAX } from "../kernel/limits.ts";
import type { QueueTarget } from "../ports/queue.ts";
import type { QueueOperator, ReceivedMessage } from "../ports/queue-operator.ts";
import type { PlatformAddress } from "../wire/platform-address.ts";
import { awsFailure } from "./aws-error.ts";
import { inChunks, inParallel } from "./in-parallel.ts";
import { queueUrl } from "./queue-url.ts";

export interface SqsQueueOperatorOptions {
	/** Made with `useQueueUrlAsEndpoint: false`, see `SqsQueueOptions`. */
	readonly client: SQSClient;
	readonly address: Pick<PlatformAddress, "queues">;
}

const REQUESTS_AT_ONCE = 4;

export function createSqsQueueOperator({ client, address }: SqsQueueOperatorOptions): QueueOperator {
	async function call<Answer>(action: string, { queueClass, queue }: QueueTarget, perform: () => Promise<Answer>) {
		try {
			return await perform();
		} catch (error) {
			throw awsFailure("queue-failed", `SQS ${action} on the ${queue} queue of class ${queueClass}`, error);
		}
	}

	/** Ten handles a request. SQS may take some and refuse others: then all are tried, and the first refusal is told. */
	async function perHandle(
		action: string,
		target: QueueTarget,
		handles: readonly string[],
		send: (
			entries: { Id: string; ReceiptHandle: string }[],
		) => Promise<{ readonly Failed?: BatchResultErrorEntry[] | undefined }>,
	): Promise<void> {
		const answers = await inParallel(inChunks(handles, SQS_BATCH_ENTRIES_MAX), REQUESTS_AT_ONCE, (chunk) =>
			call(action, target, () => send(chunk.map((handle, at) => ({ Id: String(at), ReceiptHandle: handle })))),
		);
		const failures = answers.flatMap(({ Failed }) => Failed ?? []);
		const [first] = failures;
		if (first !== undefined) {
			throw new MillraceError(
				"queue-failed",
				`SQS ${action} on the ${target.queue} queue of class ${target.queueClass} failed for ${failures.length} of ${handles.length} messages, the first with ${first.Code}: ${first.Message ?? ""}`,
			);
		}
	}

	return {
		async depth(target) {
			const url = queueUrl(address, target);
			const { Attributes: told = {} } = await call("GetQueueAttributes", target, () =>
				client.send(
					new GetQueueAttributesCommand({
						QueueUrl: url,
						AttributeNames: [
							"ApproximateNumberOfMessages",
							"ApproximateNumberOfMessagesNotVisible",
							"ApproximateNumberOfMessagesDelayed",
						],
					}),
				),
			);
			return {
				visible: Number(told.ApproximateNumberOfMessages ?? 0),
				inFlight: Number(told.ApproximateNumberOfMessagesNotVisible ?? 0),
				delayed: Number(told.ApproximateNumberOfMessagesDelayed ?? 0),
			};
		},
		async receive(target, { max, visibilitySeconds, waitSeconds }) {
			const url = queueUrl(address, target);
			const { Messages = [] } = await call("ReceiveMessage", target, () =>
				client.send(
					new ReceiveMessageCommand({
						QueueUrl: url,
						MaxNumberOfMessages: max,
						VisibilityTimeout: visibilitySeconds,
						WaitTimeSeconds: waitSeconds,
						MessageAttributeNames: ["All"],
						MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
					}),
				),
			);
			return Messages.map(toReceived);
		},
		async release(target, receiptHandles) {
			const url = queueUrl(address, target);
			await perHandle("ChangeMessageVisibilityBatch", target, receiptHandles, (entries) =>
				client.send(
					new ChangeMessageVisibilityBatchCommand({
						QueueUrl: url,
						Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
					}),
				),
			);
		},
		async remove(target, receiptHandles) {
			const url = queueUrl(address, target);
			await perHandle("DeleteMessageBatch", target, receiptHandles, (entries) =>
				client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries })),
			);
		},
		async purge(target) {
			const url = queueUrl(address, target);
			await call("PurgeQueue", target, () => client.send(new PurgeQueueCommand({ QueueUrl: url })));
		},
	};
}

function toReceived(message: Message): ReceivedMessage {
	const attributes: Record<string, string> = {};
	for (const [name, { StringValue }] of Object.entries(message.MessageAttributes ?? {})) {
		// Binary attributes are none of ours.
		if (StringValue !== undefined) attributes[name] = StringValue;
	}
	return {
		messageId: message.MessageId ?? "",
		receiptHandle: message.ReceiptHandle ?? "",
		body: message.Body ?? "",
		attributes,
		receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
		sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString(),
	};
}
