/**
 * An event source mapping from an SQS queue to a function: takes messages in batches, invokes, and deletes what succeeded.
 * Everything that did not succeed stays in flight and comes back after its visibility timeout; a mapping never gives a message back earlier,
 * except those it holds uninvoked when it stops. A message is received only when an environment is free for it, so that waiting for
 * capacity spends no receive.
 */
import type { MappingPlan } from "../assembly/read-mapping.ts";
import type { MessageQueue, ReceivedMessage } from "../emulators/message-queue.ts";
import type { Environment, InvocationResult } from "../lambda/environment.ts";
import type { EnvironmentPool } from "../lambda/environment-pool.ts";
import type { FunctionRef, OnLocalEvent } from "../local-event.ts";
import { readBatchResponse } from "./batch-response.ts";
import { toSqsEvent } from "./sqs-event.ts";

export interface EventSourceMapping {
	/** Starts invocations while there are messages and free environments. */
	pump(): void;
	readonly running: () => number;
	/** Batches that wait for an environment, and may run beside those that do. */
	readonly demand: () => number;
	/** Looks again whether it is enabled: it then goes on, or gives back what it has not yet handed to an invocation. */
	obey(): void;
	/** Stops taking messages and gives back those not yet handed to an invocation. */
	stop(): void;
}

/** Lambda's limit for the payload of a synchronous invocation, which bounds a batch. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-20) */
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** What one record adds around its body: ids, timestamps, ARN. */
const RECORD_BYTES = 800;

/** The bytes a record takes in the event: its body as a JSON string, its attributes, and the fields around them. */
function payloadBytes({ message }: ReceivedMessage): number {
	// Measured in full only where it could matter: a small body can't reach the limit, even with each byte escaped.
	const body = message.body.length > 4096 ? Buffer.byteLength(JSON.stringify(message.body)) : message.body.length * 2;
	const attributes = Object.keys(message.messageAttributes).length;
	return (
		body + RECORD_BYTES + (attributes === 0 ? 0 : JSON.stringify(message.messageAttributes).length + 80 * attributes)
	);
}

export function createEventSourceMapping(options: {
	readonly plan: MappingPlan;
	readonly queue: MessageQueue;
	readonly pool: EnvironmentPool;
	readonly source: FunctionRef;
	readonly onEvent: OnLocalEvent | undefined;
	/** While it is not, no message is taken; what runs goes on. */
	readonly isEnabled: () => boolean;
	/** Invocations at the same time; an operator may change it. */
	readonly concurrencyMax: () => number;
	/** Called after each batch, when its messages are deleted or left, and when messages went to the dead-letter queue. */
	readonly onSettled: () => void;
}): EventSourceMapping {
	const { plan, queue, pool, source, onEvent } = options;
	let running = 0;
	let stopped = false;
	let starved = false;
	/** Received and waiting: for the batching window to end, or because they did not fit into the payload of the batch before. */
	let waiting: ReceivedMessage[] = [];
	let windowEndMs: number | undefined;
	let windowTimer: NodeJS.Timeout | undefined;

	/** Whether a batch can go now: full, or its window over. With a window, messages are collected as they come. */
	function batchIsDue(): boolean {
		if (plan.windowSeconds === 0) return waiting.length > 0 || queue.hasReady();
		collect();
		if (waiting.length === 0) return false;
		if (waiting.length >= plan.batchSize || carriesFullPayload()) return true;
		const now = Date.now();
		windowEndMs ??= now + plan.windowSeconds * 1000;
		if (now >= windowEndMs) return true;
		if (windowTimer === undefined) {
			windowTimer = setTimeout(() => {
				windowTimer = undefined;
				pump();
			}, windowEndMs - now);
		}
		return false;
	}

	function collect(): void {
		if (waiting.length < plan.batchSize) waiting.push(...queue.receive(plan.batchSize - waiting.length));
	}

	function carriesFullPayload(): boolean {
		let bytes = 0;
		for (const received of waiting) bytes += payloadBytes(received);
		return bytes > PAYLOAD_BYTES_MAX;
	}

	/** The next batch, as large as the payload allows; the rest stays for the one after. */
	function takeBatch(): ReceivedMessage[] {
		collect();
		windowEndMs = undefined;
		clearTimeout(windowTimer);
		windowTimer = undefined;
		let bytes = 0;
		let count = 0;
		for (const received of waiting) {
			bytes += payloadBytes(received);
			if (count > 0 && bytes > PAYLOAD_BYTES_MAX) break;
			count++;
		}
		return waiting.splice(0, count);
	}

	function pump(): void {
		starved = false;
		while (!stopped && options.isEnabled() && running < options.concurrencyMax() && batchIsDue()) {
			const environment = pool.take();
			if (environment === undefined) {
				starved = true;
				pool.want();
				return;
			}
			const batch = takeBatch();
			if (batch.length === 0) {
				// All that was ready went to the dead-letter queue.
				pool.release(environment);
				options.onSettled();
				continue;
			}
			running++;
			void perform(environment, batch);
		}
	}

	async function perform(environment: Environment, batch: readonly ReceivedMessage[]): Promise<void> {
		const { requestId, startedAtMs, result } = environment.invoke(toSqsEvent(batch, plan.queueArn));
		const pid = environment.pid;
		onEvent?.({
			type: "invocation-started",
			...source,
			requestId,
			pid,
			messageIds: batch.map(({ message }) => message.messageId),
			bodies: batch.map(({ message }) => message.body),
		});
		const outcome = await result;
		const { failed, error } = settle(batch, outcome);
		running--;
		onEvent?.({
			type: "invocation-finished",
			...source,
			requestId,
			pid,
			end: outcome.kind,
			durationMs: Date.now() - startedAtMs,
			records: batch.length,
			failed,
			...(error === undefined ? {} : { error }),
		});
		pool.release(environment);
		pump();
		options.onSettled();
	}

	function settle(
		batch: readonly ReceivedMessage[],
		outcome: InvocationResult,
	): { readonly failed: number; readonly error?: string } {
		if (outcome.kind !== "ok") return { failed: batch.length, error: outcome.error };
		let failedIds: ReadonlySet<string> = new Set();
		if (plan.reportBatchItemFailures) {
			const sent = new Set(batch.map(({ message }) => message.messageId));
			const verdict = readBatchResponse(outcome.response, sent);
			if (verdict.kind === "unreadable") return { failed: batch.length, error: verdict.why };
			failedIds = verdict.messageIds;
		}
		for (const { message, receiptHandle } of batch) {
			if (!failedIds.has(message.messageId)) queue.delete(receiptHandle);
		}
		return { failed: failedIds.size };
	}

	function giveBack(): void {
		clearTimeout(windowTimer);
		windowTimer = undefined;
		windowEndMs = undefined;
		for (const { receiptHandle } of waiting) queue.giveBack(receiptHandle);
		waiting = [];
	}

	return {
		pump,
		running: () => running,
		demand() {
			if (stopped || !starved || !options.isEnabled()) return 0;
			const batches = Math.ceil((waiting.length + queue.counts().ready) / plan.batchSize);
			return Math.min(batches, options.concurrencyMax() - running);
		},
		obey() {
			if (options.isEnabled()) return pump();
			giveBack();
			options.onSettled();
		},
		stop() {
			stopped = true;
			giveBack();
		},
	};
}
