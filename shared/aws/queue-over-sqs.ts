/**
 * Sending over SQS. Splits into batch requests, sends some of them side by side, and tries entries again that SQS could not take for
 * reasons of its own. What cannot be sent is a result, not an exception.
 */
import type { BatchResultErrorEntry, SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { SQS_BATCH_ENTRIES_MAX } from "../kernel/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { OutgoingMessage, Queue, SendResult } from "../ports/queue.ts";
import type { Random } from "../ports/random.ts";
import type { PlatformAddress } from "../wire/platform-address.ts";
import { describeError } from "./aws-error.ts";
import { inChunks, inParallel } from "./in-parallel.ts";
import { queueUrl } from "./queue-url.ts";
import { retryDelayMs, TRIES_MAX } from "./retry-delay.ts";
import { splitIntoBatches } from "./sqs-batches.ts";
import type { SqsCalls } from "./sqs-calls.ts";
import { createSystemClock } from "./system-clock.ts";
import { createSystemRandom } from "./system-random.ts";

export interface QueueOverSqsOptions {
	/** Its own retries cover throttled and lost requests; those of single entries are covered here. */
	readonly sqs: SqsCalls;
	readonly address: Pick<PlatformAddress, "queues">;
	/** For the waits between tries. Default: the machine's. */
	readonly clock?: Clock;
	/** For jitter. Default: the machine's. */
	readonly random?: Random;
}

const REQUESTS_AT_ONCE = 4;

interface Entry {
	readonly index: number;
	readonly message: OutgoingMessage;
}

export function createQueueOverSqs(options: QueueOverSqsOptions): Queue {
	const { sqs, address, clock = createSystemClock(), random = createSystemRandom() } = options;

	async function sendBatch(url: string, batch: readonly Entry[], results: SendResult[]): Promise<void> {
		let todo = batch;
		for (let tried = 1; todo.length > 0; tried++) {
			const failures = new Map<string, BatchResultErrorEntry>();
			try {
				const answer = await sqs.sendMessageBatch({
					QueueUrl: url,
					Entries: todo.map(({ message }, at) => toEntry(message, at)),
				});
				for (const failure of answer.Failed ?? []) failures.set(failure.Id ?? "", failure);
				for (const { Id, MessageId } of answer.Successful ?? []) {
					const entry = todo[Number(Id)];
					if (entry !== undefined) results[entry.index] = { sent: true, messageId: MessageId ?? "" };
				}
			} catch (error) {
				const told = describeError(error);
				for (const { index } of todo) results[index] = { sent: false, error: told };
				return;
			}
			for (const [id, { Code, Message }] of failures) {
				const entry = todo[Number(id)];
				if (entry !== undefined) results[entry.index] = { sent: false, error: `${Code}: ${Message ?? ""}` };
			}
			if (tried === TRIES_MAX) return;
			todo = todo.filter((_, at) => failures.get(String(at))?.SenderFault === false);
			if (todo.length > 0) await clock.sleep(retryDelayMs(random, tried));
		}
	}

	return {
		async sendMany(target, messages) {
			const url = queueUrl(address, target);
			const results: SendResult[] = messages.map(() => ({
				sent: false,
				error: "SQS did not answer for this message.",
			}));
			const batches = splitIntoBatches(messages.map((message, index) => ({ index, message })));
			await inParallel(batches, REQUESTS_AT_ONCE, (batch) => sendBatch(url, batch, results));
			return results;
		},
		async changeVisibilityMany(target, messages) {
			const QueueUrl = queueUrl(address, target);
			await inParallel(inChunks(messages, SQS_BATCH_ENTRIES_MAX), REQUESTS_AT_ONCE, async (chunk) => {
				const Entries = chunk.map(({ receiptHandle, seconds }, at) => ({
					Id: String(at),
					ReceiptHandle: receiptHandle,
					VisibilityTimeout: seconds,
				}));
				// A failure shortens or lengthens a wait and loses nothing: fences and leases don't depend on it.
				await sqs.changeMessageVisibilityBatch({ QueueUrl, Entries }).catch(() => undefined);
			});
		},
	};
}

function toEntry(message: OutgoingMessage, at: number): SendMessageBatchRequestEntry {
	const { body, delaySeconds = 0, attributes = {}, messageGroupId } = message;
	const names = Object.keys(attributes);
	return {
		Id: String(at),
		MessageBody: body,
		...(delaySeconds === 0 ? {} : { DelaySeconds: delaySeconds }),
		...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
		...(names.length === 0
			? {}
			: {
					MessageAttributes: Object.fromEntries(
						names.map((name) => [name, { DataType: "String", StringValue: attributes[name] }]),
					),
				}),
	};
}
