/** Step 9: sends what must follow, before the message is acknowledged. If anything fails to go out, the message is kept and its redelivery repeats this (INV-01). */
import { MillraceError } from "../kernel/errors.ts";
import { toMessageText } from "../kernel/json.ts";
import type { OutgoingMessage, QueueTarget, SendResult } from "../ports/queue.ts";
import type { NextMessage } from "./next-messages.ts";
import { packMessage } from "./pack-message.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** Sends one message to a target; many calls at once share batch requests. */
export type Send = (target: QueueTarget, message: OutgoingMessage) => Promise<SendResult>;

/** @throws MillraceError `send-failed`, `blob-failed` */
export async function sendNext(
	parts: Pick<WorkerParts, "blobs">,
	send: Send,
	messages: readonly NextMessage[],
): Promise<void> {
	const results = await Promise.all(
		messages.map(async ({ target, message, delaySeconds, attributes }) => {
			const packed = packMessage({ message, inputJson: toMessageText(message.input ?? null) });
			if (packed.blob !== undefined) await parts.blobs.put(packed.blob.key, packed.blob.text);
			const group = packed.messageGroupId === undefined ? {} : { messageGroupId: packed.messageGroupId };
			return send(target, { body: packed.body, delaySeconds, attributes, ...group });
		}),
	);
	throwUnsent(results);
}

/** @throws MillraceError `send-failed` naming the first error, when any was not sent. */
export function throwUnsent(results: readonly SendResult[]): void {
	const unsent = results.filter((result) => !result.sent);
	const [first] = unsent;
	if (first === undefined) return;
	throw new MillraceError(
		"send-failed",
		`${unsent.length} of ${results.length} messages could not be sent: ${first.error}. The message that caused them is kept and tried again.`,
	);
}
