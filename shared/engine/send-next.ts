/**
 * Step 9: sends what must follow, before the message is acknowledged. If anything fails to go out, the message is kept and its redelivery
 * repeats this (INV-01). What has to wait longer than a queue can becomes a one-time schedule.
 */
import { MillraceError } from "../kernel/errors.ts";
import { toMessageText, utf8Bytes } from "../kernel/json.ts";
import { SCHEDULE_INPUT_BYTES_MAX } from "../kernel/limits.ts";
import type { OutgoingMessage, QueueTarget, SendResult } from "../ports/queue.ts";
import type { Scheduler } from "../ports/scheduler.ts";
import { packForWait } from "./long-wait.ts";
import type { NextMessage } from "./next-messages.ts";
import { packMessage } from "./pack-message.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** Sends one message to a target; many calls at once share batch requests. */
export type Send = (target: QueueTarget, message: OutgoingMessage) => Promise<SendResult>;

type SendParts = Pick<WorkerParts, "blobs" | "clock" | "scheduler" | "telemetry">;

/** @throws MillraceError `send-failed`, `blob-failed` */
export async function sendNext(parts: SendParts, send: Send, messages: readonly NextMessage[]): Promise<void> {
	const results = await Promise.all(
		messages.map(async (next): Promise<SendResult> => {
			if (parts.scheduler !== undefined && next.schedule !== undefined) {
				const scheduled = await schedule(parts, parts.scheduler, next, next.schedule);
				if (scheduled) return { sent: true, messageId: next.schedule.name };
			}
			const { target, message, delaySeconds, attributes } = next;
			const packed = packMessage({ message, inputJson: toMessageText(message.input ?? null) });
			if (packed.blob !== undefined) await parts.blobs.put(packed.blob.key, packed.blob.text);
			const group = packed.messageGroupId === undefined ? {} : { messageGroupId: packed.messageGroupId };
			return send(target, { body: packed.body, delaySeconds, attributes, ...group });
		}),
	);
	throwUnsent(results);
}

/** False when the scheduler did not take it: the queue's longest delay then stands in, and the message asks again when that is over. */
async function schedule(
	{ blobs, clock, telemetry }: SendParts,
	scheduler: Pick<Scheduler, "schedule">,
	{ target, message }: NextMessage,
	{ name, at }: NonNullable<NextMessage["schedule"]>,
): Promise<boolean> {
	const body = await packForWait(blobs, message, at - clock.now());
	const { id: runId, job, attempt = 1 } = message;
	const fail = (why: string): false => {
		telemetry.emit({ event: "schedule.failed", runId, job, attempt, why });
		return false;
	};
	if (utf8Bytes(body) > SCHEDULE_INPUT_BYTES_MAX) {
		return fail(`${utf8Bytes(body)} bytes; a schedule takes ${SCHEDULE_INPUT_BYTES_MAX}`);
	}
	const description = `Millrace: attempt ${attempt} of run ${runId} of ${job}`;
	try {
		await scheduler.schedule({ name, queueClass: target.queueClass, at, body, description });
		return true;
	} catch (error) {
		return fail((error as Error).message);
	}
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
