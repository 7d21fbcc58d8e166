/** How messages share SendMessageBatch requests: at most 10 entries and 1 MiB together, in the order given. */
import { utf8Bytes } from "../kernel/json.ts";
import { SQS_BATCH_ENTRIES_MAX, SQS_MESSAGE_BYTES_MAX } from "../kernel/limits.ts";
import type { OutgoingMessage } from "../ports/queue.ts";

/** What SQS counts of a message: the body, and of each attribute the name, the type ("String") and the value. */
export function messageBytes({ body, attributes = {} }: OutgoingMessage): number {
	let bytes = utf8Bytes(body);
	for (const [name, value] of Object.entries(attributes)) bytes += utf8Bytes(name) + "String".length + utf8Bytes(value);
	return bytes;
}

/** A message above 1 MiB gets a request of its own, in which SQS refuses it: its neighbours must not share that fate. */
export function splitIntoBatches<Entry extends { readonly message: OutgoingMessage }>(
	entries: readonly Entry[],
): Entry[][] {
	const batches: Entry[][] = [];
	let batch: Entry[] = [];
	let batchBytes = 0;
	for (const entry of entries) {
		const bytes = messageBytes(entry.message);
		if (batch.length === SQS_BATCH_ENTRIES_MAX || (batch.length > 0 && batchBytes + bytes > SQS_MESSAGE_BYTES_MAX)) {
			batches.push(batch);
			batch = [];
			batchBytes = 0;
		}
		batch.push(entry);
		batchBytes += bytes;
	}
	if (batch.length > 0) batches.push(batch);
	return batches;
}
