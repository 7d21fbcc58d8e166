/** What an operator does with queues: look at depths, read and move dead letters, purge. Apart from `Queue`, so that a worker can't. */
import type { QueueTarget } from "./queue.ts";

export interface QueueDepth {
	/** Waiting to be received. */
	readonly visible: number;
	/** Received and not yet deleted. */
	readonly inFlight: number;
	/** Sent with a delay that is not over. */
	readonly delayed: number;
}

export interface ReceivedMessage {
	readonly messageId: string;
	readonly receiptHandle: string;
	readonly body: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly receiveCount: number;
	/** ISO 8601. */
	readonly sentAt: string;
}

export interface QueueOperator {
	/** Approximate, as SQS tells it. @throws MillraceError `queue-failed`, `queue-class-not-found` */
	depth(target: QueueTarget): Promise<QueueDepth>;
	/** Takes up to 10 messages out of sight for `visibilitySeconds` (0–43 200). Empty when none came within `waitSeconds` (0–20). @throws MillraceError `queue-failed` */
	receive(
		target: QueueTarget,
		options: { readonly max: number; readonly visibilitySeconds: number; readonly waitSeconds: number },
	): Promise<readonly ReceivedMessage[]>;
	/** Makes received messages visible again at once. @throws MillraceError `queue-failed` */
	release(target: QueueTarget, receiptHandles: readonly string[]): Promise<void>;
	/** @throws MillraceError `queue-failed` */
	remove(target: QueueTarget, receiptHandles: readonly string[]): Promise<void>;
	/** Deletes everything in the queue. SQS takes up to 60 s and refuses a second purge within 60 s. @throws MillraceError `queue-failed` */
	purge(target: QueueTarget): Promise<void>;
}
