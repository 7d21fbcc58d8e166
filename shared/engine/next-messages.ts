/**
 * Step 9, the pure half: which messages a settled run, a deferral or a refusal sends. Nothing here is random: whoever repeats it after a
 * crash sends the same run ids again (INV-04).
 */
import type { JobDefinition } from "../job/define-job.ts";
import type { RunId } from "../kernel/ids.ts";
import { cutToBytes, toMessageText } from "../kernel/json.ts";
import { SQS_DELAY_SECONDS_MAX } from "../kernel/limits.ts";
import { type EpochMs, toIso } from "../kernel/time.ts";
import type { FollowUp, RunError, RunRecord, SettledRun } from "../ports/job-store.ts";
import type { QueueTarget } from "../ports/queue.ts";
import { type DeadLetterError, deadLetterAttributes } from "../wire/dead-letter.ts";
import type { JobMessage } from "../wire/job-message.ts";

export interface NextMessage {
	readonly target: QueueTarget;
	readonly message: JobMessage & { readonly id: RunId };
	readonly delaySeconds: number;
	readonly attributes: Readonly<Record<string, string>>;
}

/** The message at hand, and the run it is about. */
export interface Carried {
	readonly job: JobDefinition;
	readonly runId: RunId;
	readonly message: JobMessage;
}

/** What must be sent because the run stands as `record` says. Empty for a success that enqueued nothing, and for REVOKED and SKIPPED. */
export function followUpsOf(carried: Carried, record: SettledRun, now: EpochMs): readonly NextMessage[] {
	switch (record.state) {
		case "RETRY":
			return [
				sendOn(
					carried,
					{ attempt: record.attempts + 1, generation: record.generation, notBefore: record.nextAttemptAt },
					now,
				),
			];
		case "FAILURE":
			return [deadLetterOf(carried, record, record.reason, record.error, record.endedAt)];
		case "SUCCESS":
			return enqueuedBy(record.followUps);
		case "REVOKED":
		case "SKIPPED":
			return [];
	}
}

/** What a success enqueued, as its row keeps it: the message that carried it has no part in it. */
export function enqueuedBy(followUps: readonly FollowUp[]): readonly NextMessage[] {
	return followUps.map(({ queueClass, delaySeconds, message }) => ({
		target: { queueClass, queue: "main" },
		message: { ...message, id: message.id as RunId },
		delaySeconds,
		attributes: {},
	}));
}

/** The same run's message again: for its next attempt, or for the same one later. */
export function sendOn(
	carried: Carried,
	next: { readonly attempt: number; readonly generation: number; readonly notBefore: EpochMs },
	now: EpochMs,
): NextMessage {
	const { notBefore: _, ...message } = carried.message;
	const waitSeconds = Math.max(0, Math.ceil((next.notBefore - now) / 1000));
	const sent = {
		...message,
		job: carried.job.name,
		id: carried.runId,
		attempt: next.attempt,
		generation: next.generation,
		hops: (carried.message.hops ?? 0) + 1,
	};
	return {
		target: { queueClass: carried.job.queueClass.name, queue: "main" },
		// What one SQS delay can't reach hops on: the message says until when.
		message: waitSeconds > SQS_DELAY_SECONDS_MAX ? { ...sent, notBefore: toIso(next.notBefore) } : sent,
		delaySeconds: Math.min(waitSeconds, SQS_DELAY_SECONDS_MAX),
		attributes: {},
	};
}

/** INV-10: the message itself, ready to be sent back by anyone: a redrive is the next generation of the same run. */
export function deadLetterOf(
	carried: Carried,
	run: Pick<RunRecord, "generation" | "attempts">,
	reason: string,
	error: RunError,
	failedAt: EpochMs,
): NextMessage {
	const { attempt: _attempt, hops: _hops, notBefore: _notBefore, ...message } = carried.message;
	return {
		target: { queueClass: carried.job.queueClass.name, queue: "dead-letter" },
		message: { ...message, job: carried.job.name, id: carried.runId, generation: run.generation + 1 },
		delaySeconds: 0,
		attributes: deadLetterAttributesOf({
			reason,
			error: { exc_type: error.excType, exc_message: error.excMessage },
			attempts: run.attempts,
			runId: carried.runId,
			job: carried.job.name,
			failedAt,
		}),
	};
}

const errorBytesMax = 2048;

export function deadLetterAttributesOf(letter: {
	readonly reason: string;
	readonly error: DeadLetterError;
	readonly attempts: number;
	readonly runId: string;
	readonly job: string;
	readonly failedAt: EpochMs;
}): Readonly<Record<string, string>> {
	const { exc_type, exc_message } = letter.error;
	return {
		[deadLetterAttributes.reason]: letter.reason,
		[deadLetterAttributes.error]: toMessageText({ exc_type, exc_message: cutToBytes(exc_message, errorBytesMax) }),
		[deadLetterAttributes.attempts]: String(letter.attempts),
		[deadLetterAttributes.runId]: letter.runId,
		[deadLetterAttributes.job]: cutToBytes(toSendableText(letter.job), 200) || "(none)",
		[deadLetterAttributes.failedAt]: toIso(letter.failedAt),
	};
}

/** SQS refuses characters outside XML's set in attributes too, where no escape helps. */
const toSendableText = (text: string): string =>
	text.toWellFormed().replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
