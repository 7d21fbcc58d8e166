/**
 * One queue of the emulator, as the event source mappings use it: received from and deleted in this process, without HTTP.
 * It wakes its listener when a message may be there: sent, made visible, its delay over, or its visibility timeout over.
 */
import type { SqsMessage, SqsQueue } from "./fauxqs-parts.ts";

export interface ReceivedMessage {
	readonly receiptHandle: string;
	readonly message: SqsMessage;
}

export interface QueueCounts {
	readonly ready: number;
	readonly inFlight: number;
	readonly delayed: number;
}

/** Of several queues together; one that is named twice counts once. */
export function countsOf(queues: readonly MessageQueue[]): QueueCounts {
	const counts = [...new Set(queues)].map((queue) => queue.counts());
	const sumOf = (name: keyof QueueCounts): number => counts.reduce((sum, of) => sum + of[name], 0);
	return { ready: sumOf("ready"), inFlight: sumOf("inFlight"), delayed: sumOf("delayed") };
}

export interface MessageQueue {
	readonly name: string;
	readonly arn: string;
	/** Up to `max` messages; one that was received too often goes to the dead-letter queue instead. */
	receive(max: number): ReceivedMessage[];
	/** Deletes a received message; true when that receipt was still good. */
	delete(receiptHandle: string): boolean;
	/** Ends a receipt now, so that the message can be received again. */
	giveBack(receiptHandle: string): void;
	readonly hasReady: () => boolean;
	counts(): QueueCounts;
	/** Of all messages ever, since the start. */
	totals(): { readonly sent: number; readonly received: number; readonly deleted: number };
	/** When the oldest message was sent that is ready; `undefined` when none is. */
	oldestSentMs(): number | undefined;
	/** When the last message in flight or delayed is ready, if it is neither deleted nor extended; 0 when there are none. */
	allReadyAtMs(): number;
	/** Calls back, at most once per turn of the event loop, when messages may have become ready. */
	onReady(listener: () => void): void;
	/** Drops what is older than the queue's retention; gives the number dropped. */
	dropExpired(nowMs: number): number;
	close(): void;
}

export function createMessageQueue(
	queue: SqsQueue,
	resolveDeadLetterQueue: (arn: string) => SqsQueue | undefined,
): MessageQueue {
	let listener: (() => void) | undefined;
	let notified = false;
	let timer: NodeJS.Timeout | undefined;
	let timerAtMs = Number.POSITIVE_INFINITY;

	function notify(): void {
		if (notified || listener === undefined) return;
		notified = true;
		// A turn later, so that a batch sent in one request is received as one.
		setImmediate(() => {
			notified = false;
			listener?.();
		});
	}

	function wakeAt(atMs: number): void {
		if (listener === undefined || atMs >= timerAtMs) return;
		clearTimeout(timer);
		timerAtMs = atMs;
		timer = setTimeout(onTimer, Math.min(Math.max(atMs - Date.now(), 0), 2 ** 31 - 1));
		timer.unref();
	}

	function onTimer(): void {
		timerAtMs = Number.POSITIVE_INFINITY;
		queue.processTimers();
		if (queue.messages.length > 0) notify();
		let nextMs = Number.POSITIVE_INFINITY;
		for (const entry of queue.inflightMessages.values()) nextMs = Math.min(nextMs, entry.visibilityDeadline);
		for (const message of queue.delayedMessages) nextMs = Math.min(nextMs, message.delayUntil ?? 0);
		if (nextMs < Number.POSITIVE_INFINITY) wakeAt(nextMs);
	}

	// The emulator's HTTP handlers call these methods of the same object, so wrapping them sees every sender.
	const totals = { sent: 0, received: 0, deleted: 0 };
	const enqueue = queue.enqueue.bind(queue);
	queue.enqueue = (message) => {
		enqueue(message);
		totals.sent++;
		if (message.delayUntil !== undefined && message.delayUntil > Date.now()) wakeAt(message.delayUntil);
		else notify();
	};
	const dequeue = queue.dequeue.bind(queue);
	queue.dequeue = (...asked) => {
		const handed = dequeue(...asked);
		totals.received += handed.length;
		return handed;
	};
	const deleteMessage = queue.deleteMessage.bind(queue);
	queue.deleteMessage = (receiptHandle) => {
		const deleted = deleteMessage(receiptHandle);
		if (deleted) totals.deleted++;
		return deleted;
	};
	const changeVisibility = queue.changeVisibility.bind(queue);
	queue.changeVisibility = (receiptHandle, timeoutSeconds) => {
		changeVisibility(receiptHandle, timeoutSeconds);
		if (timeoutSeconds === 0) notify();
		else wakeAt(Date.now() + timeoutSeconds * 1000);
	};

	return {
		name: queue.name,
		arn: queue.arn,
		receive(max) {
			const received: ReceivedMessage[] = [];
			// The store hands out ten at most at a time, as SQS does.
			while (received.length < max && queue.messages.length > 0) {
				for (const { ReceiptHandle: receiptHandle } of queue.dequeue(
					Math.min(max - received.length, 10),
					undefined,
					resolveDeadLetterQueue,
				)) {
					const entry = queue.inflightMessages.get(receiptHandle);
					if (entry === undefined) continue;
					received.push({ receiptHandle, message: entry.message });
					wakeAt(entry.visibilityDeadline);
				}
			}
			return received;
		},
		delete: (receiptHandle) => queue.deleteMessage(receiptHandle),
		giveBack(receiptHandle) {
			queue.changeVisibility(receiptHandle, 0);
		},
		hasReady: () => queue.messages.length > 0,
		counts: () => ({
			ready: queue.messages.length,
			inFlight: queue.inflightMessages.size,
			delayed: queue.delayedMessages.length,
		}),
		totals: () => ({ ...totals }),
		oldestSentMs: () =>
			queue.messages.reduce<number | undefined>(
				(oldest, { sentTimestamp }) => Math.min(oldest ?? sentTimestamp, sentTimestamp),
				undefined,
			),
		allReadyAtMs() {
			let lastMs = 0;
			for (const entry of queue.inflightMessages.values()) lastMs = Math.max(lastMs, entry.visibilityDeadline);
			for (const message of queue.delayedMessages) lastMs = Math.max(lastMs, message.delayUntil ?? 0);
			return lastMs;
		},
		onReady(callback) {
			listener = callback;
			onTimer();
		},
		dropExpired(nowMs) {
			const oldestMs = nowMs - Number(queue.attributes["MessageRetentionPeriod"]) * 1000;
			const expired = queue.messages.filter((message) => message.sentTimestamp < oldestMs);
			if (expired.length === 0) return 0;
			queue.messages = queue.messages.filter((message) => message.sentTimestamp >= oldestMs);
			for (const message of expired) queue.persistence?.deleteMessage(message.messageId);
			return expired.length;
		},
		close() {
			listener = undefined;
			clearTimeout(timer);
		},
	};
}
