/**
 * SQS in memory, as far as the engine and its operators meet it: delays, visibility, receive counts, and a dead-letter queue behind each
 * class. Standard-queue order is not promised; it is kept here, so that a test can shuffle on purpose.
 */
import { MillraceError } from "../../shared/kernel/errors.ts";
import { MAX_RECEIVE_COUNT, SQS_DELAY_SECONDS_MAX, SQS_MESSAGE_BYTES_MAX } from "../../shared/kernel/limits.ts";
import { type EpochMs, plusSeconds, toIso } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { OutgoingMessage, Queue, QueueTarget, SendResult } from "../../shared/ports/queue.ts";
import type { QueueOperator } from "../../shared/ports/queue-operator.ts";

export interface HeldMessage {
	readonly messageId: string;
	readonly body: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly messageGroupId?: string;
	readonly sentAt: EpochMs;
	/** Not received before this: its delay, or the visibility timeout of the last receive. */
	readonly visibleAt: EpochMs;
	readonly receiveCount: number;
	/** Set while received and neither deleted nor visible again. */
	readonly receiptHandle?: string;
}

export interface MemoryQueue extends Queue, QueueOperator {
	/** Everything in a queue, in order of sending. */
	messages(target: QueueTarget): readonly HeldMessage[];
}

/** SQS takes XML 1.0's characters only. */
const outsideXml = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function flawOf({ body, delaySeconds = 0, attributes = {} }: OutgoingMessage): string | undefined {
	let bytes = Buffer.byteLength(body);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === "") return `InvalidParameterValue: Message attribute '${name}' must contain a non-empty value.`;
		bytes += Buffer.byteLength(name) + "String".length + Buffer.byteLength(value);
	}
	if (bytes > SQS_MESSAGE_BYTES_MAX) return `InvalidParameterValue: ${bytes} bytes are more than 1048576.`;
	if (body === "") return "MissingParameter: The body is empty.";
	if (delaySeconds < 0 || delaySeconds > SQS_DELAY_SECONDS_MAX)
		return `InvalidParameterValue: DelaySeconds ${delaySeconds}.`;
	return [body, ...Object.values(attributes)].some((value) => outsideXml.test(value))
		? "InvalidMessageContents: A character outside XML's set."
		: undefined;
}

/** A group of messages that has so many in flight, and so large a part of them, is noisy: fair queues deliver the others' first. */
const NOISY_IN_FLIGHT = 30;
const NOISY_SHARE = 0.1;

function inTurn(messages: readonly HeldMessage[], now: EpochMs): readonly HeldMessage[] {
	const visible = messages.filter(({ visibleAt }) => visibleAt <= now);
	if (visible.every(({ messageGroupId }) => messageGroupId === undefined)) return visible;
	const inFlight = messages.filter(({ visibleAt, receiptHandle }) => visibleAt > now && receiptHandle !== undefined);
	const isNoisy = ({ messageGroupId }: HeldMessage): boolean => {
		const own = inFlight.filter((other) => other.messageGroupId === messageGroupId).length;
		return messageGroupId !== undefined && own >= NOISY_IN_FLIGHT && own > inFlight.length * NOISY_SHARE;
	};
	const noisy = new Map<string | undefined, boolean>();
	for (const message of visible)
		if (!noisy.has(message.messageGroupId)) noisy.set(message.messageGroupId, isNoisy(message));
	return [
		...visible.filter(({ messageGroupId }) => noisy.get(messageGroupId) !== true),
		...visible.filter(({ messageGroupId }) => noisy.get(messageGroupId) === true),
	];
}

export function createMemoryQueue(
	clock: Clock,
	queueClasses: readonly string[],
	options: { readonly maxReceiveCount?: number } = {},
): MemoryQueue {
	const { maxReceiveCount = MAX_RECEIVE_COUNT } = options;
	const queues = new Map(
		queueClasses.map((name) => [name, { main: [] as HeldMessage[], "dead-letter": [] as HeldMessage[] }]),
	);
	let count = 0;

	function held({ queueClass, queue }: QueueTarget): HeldMessage[] {
		const messages = queues.get(queueClass)?.[queue];
		if (messages !== undefined) return messages;
		throw new MillraceError(
			"queue-class-not-found",
			`There is no queue class "${queueClass}"; there are ${queueClasses.join(", ")}.`,
		);
	}

	function send(target: HeldMessage[], message: OutgoingMessage): SendResult {
		const flaw = flawOf(message);
		if (flaw !== undefined) return { sent: false, error: flaw };
		const { body, delaySeconds = 0, attributes = {}, messageGroupId } = message;
		const messageId = `message-${++count}`;
		const sentAt = clock.now();
		target.push({
			messageId,
			body,
			attributes: { ...attributes },
			...(messageGroupId === undefined ? {} : { messageGroupId }),
			sentAt,
			visibleAt: plusSeconds(sentAt, delaySeconds),
			receiveCount: 0,
		});
		return { sent: true, messageId };
	}

	/** A receipt handle is good until the message is visible again and received anew. */
	function change(
		target: QueueTarget,
		handles: readonly string[],
		next: (message: HeldMessage) => HeldMessage | undefined,
	): void {
		const messages = held(target);
		for (const handle of handles) {
			const index = messages.findIndex(({ receiptHandle }) => receiptHandle === handle);
			const message = messages[index];
			if (message === undefined) continue;
			const changed = next(message);
			messages.splice(index, 1, ...(changed === undefined ? [] : [changed]));
		}
	}

	function receive(target: QueueTarget, max: number, visibilitySeconds: number): HeldMessage[] {
		const messages = held(target);
		const received: HeldMessage[] = [];
		const now = clock.now();
		for (const message of inTurn(messages, now)) {
			if (received.length === max) break;
			const index = messages.indexOf(message);
			if (target.queue === "main" && message.receiveCount >= maxReceiveCount) {
				messages.splice(index, 1);
				const { receiptHandle: _, ...rest } = message;
				held({ ...target, queue: "dead-letter" }).push({ ...rest, receiveCount: 0 });
				continue;
			}
			const taken = {
				...message,
				receiveCount: message.receiveCount + 1,
				visibleAt: plusSeconds(clock.now(), visibilitySeconds),
				receiptHandle: `handle-${++count}`,
			};
			messages[index] = taken;
			received.push(taken);
		}
		return received;
	}

	return {
		messages: (target) => [...held(target)],
		async sendMany(target, messages) {
			const queue = held(target);
			return messages.map((message) => send(queue, message));
		},
		async changeVisibilityMany(target, changes) {
			for (const { receiptHandle, seconds } of changes)
				change(target, [receiptHandle], (message) => ({
					...message,
					visibleAt: plusSeconds(clock.now(), seconds),
				}));
		},
		async depth(target) {
			const later = held(target).filter(({ visibleAt }) => visibleAt > clock.now());
			const inFlight = later.filter(({ receiptHandle }) => receiptHandle !== undefined).length;
			return { visible: held(target).length - later.length, inFlight, delayed: later.length - inFlight };
		},
		/** Answers at once, whatever `waitSeconds`: a virtual clock would have to be advanced for it. */
		async receive(target, { max, visibilitySeconds }) {
			return receive(target, max, visibilitySeconds).map(({ receiptHandle = "", sentAt, ...message }) => ({
				messageId: message.messageId,
				receiptHandle,
				body: message.body,
				attributes: message.attributes,
				receiveCount: message.receiveCount,
				sentAt: toIso(sentAt),
			}));
		},
		async release(target, receiptHandles) {
			change(target, receiptHandles, ({ receiptHandle: _, ...message }) => ({ ...message, visibleAt: clock.now() }));
		},
		async remove(target, receiptHandles) {
			change(target, receiptHandles, () => undefined);
		},
		async purge(target) {
			held(target).length = 0;
		},
	};
}
