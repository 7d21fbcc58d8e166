/** Sending: to the queue of a class or to its dead-letter queue. The adapter splits into batch requests (10 entries, 1 MiB together) and retries failed entries. */

export interface OutgoingMessage {
	readonly body: string;
	/** 0–900, whole seconds. Default 0. */
	readonly delaySeconds?: number;
	/** String attributes. Default none. */
	readonly attributes?: Readonly<Record<string, string>>;
	/** Fair-queue group (the tenant). Default none. */
	readonly messageGroupId?: string;
}

export interface QueueTarget {
	readonly queueClass: string;
	readonly queue: "main" | "dead-letter";
}

export type SendResult =
	| { readonly sent: true; readonly messageId: string }
	/** Final for this call, after the adapter's own retries. */
	| { readonly sent: false; readonly error: string };

export interface Queue {
	/** One result per message, in order. Never throws for a failed entry. @throws MillraceError `queue-class-not-found`. */
	sendMany(target: QueueTarget, messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]>;
	/**
	 * Makes received messages visible again after `seconds` (0–43,200) from now. A message that is gone or has been received again is none of
	 * the caller's any more: nothing happens to it. Never throws for a failed entry. @throws MillraceError `queue-class-not-found`.
	 */
	changeVisibilityMany(
		target: QueueTarget,
		messages: readonly { readonly receiptHandle: string; readonly seconds: number }[],
	): Promise<void>;
}
