/**
 * Step 9, the pure half: which messages a settled run, a deferral or a refusal sends. Nothing here is random: whoever repeats it after a
 * crash sends the same run ids again (INV-04).
 */
import type { JobDefinition } from "../job/define-job.ts";
import { type RunId, scheduleName } from "../kernel/ids.ts";
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
	/** For the queue, 0–900. With a schedule: what is left to do where that can't be made, the message then asks for it again. */
	readonly delaySeconds: number;
	readonly attributes: Readonly<Record<string, string>>;
	/** For a wait that is longer than one delay of the queue. */
	readonly schedule?: { readonly name: string; readonly at: EpochMs };
}

/** The message at hand, and the run it is about. */
export interface Carried {
	readonly job: JobDefinition;
	/** Which it came through: its run stays in it. */
	readonly queueClass: string;
	readonly runId: RunId;
	readonly message: JobMessage;
	/** A tick that was admitted at this delivery. */
	readonly newlyAdmitted?: true;
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
		case "LEG": {
			const { attempts: attempt, generation, nextLeg, startedAt } = record;
			// The first again: the attempt was given back before it began (unclaim.ts).
			const leg = nextLeg === 1 ? {} : { leg: { number: nextLeg, startedAt: toIso(startedAt) } };
			return [sendOn(carried, { attempt, ...leg, generation, notBefore: now, deferred: nextLeg === 1 }, now)];
		}
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
	next: Pick<JobMessage, "leg"> & {
		readonly attempt: number;
		readonly generation: number;
		readonly notBefore: EpochMs;
		/** The same attempt once more, not the first message of a retry. Default false. */
		readonly deferred?: boolean;
	},
	now: EpochMs,
): NextMessage {
	const {
		notBefore: _,
		leg: __,
		ticket: ___,
		line: ____,
		breaker: _____,
		debounced,
		sentAt,
		...message
	} = carried.message;
	const waitSeconds = Math.max(0, Math.ceil((next.notBefore - now) / 1000));
	const { attempt, generation } = next;
	const hops = (carried.message.hops ?? 0) + 1;
	const sent = {
		...message,
		job: carried.job.name,
		id: carried.runId,
		attempt,
		...(next.leg === undefined ? {} : { leg: next.leg }),
		generation,
		hops,
		// A later attempt has nothing to wait for, and is carried by itself.
		...(next.deferred === true && attempt === 1 && debounced !== undefined ? { debounced } : {}),
		...(next.deferred === true && sentAt !== undefined ? { sentAt } : {}),
	};
	const target = { queueClass: carried.queueClass, queue: "main" } as const;
	if (waitSeconds <= SQS_DELAY_SECONDS_MAX) return { target, message: sent, delaySeconds: waitSeconds, attributes: {} };
	const name = scheduleName(carried.runId, { generation, attempt, hops: next.deferred === true ? hops : 0 });
	return {
		target,
		// Says itself until when, for a schedule that fires early and for a queue's delay that ends before.
		message: { ...sent, notBefore: toIso(next.notBefore) },
		delaySeconds: SQS_DELAY_SECONDS_MAX,
		attributes: {},
		schedule: { name, at: next.notBefore },
	};
}

/**
 * When the run was first seen. Its row may be forgotten before it is redriven, and another run of its key have begun since: then its letter
 * says it. `undefined`: a letter that doesn't, of a refused message or an older version.
 */
export const birthOf = (
	{ born }: Pick<JobMessage, "born">,
	run: Pick<RunRecord, "generation" | "createdAt">,
): EpochMs | undefined => (run.generation > 1 ? (born as EpochMs | undefined) : run.createdAt);

/** A message as a redrive is to find it: without its place in the run, what it has waited for, and until when it was wanted. */
export function begunAnew<Message extends object>(message: Message & Partial<Record<PlaceField, unknown>>) {
	const {
		attempt: _attempt,
		leg: _leg,
		ticket: _ticket,
		line: _line,
		breaker: _breaker,
		debounced: _debounced,
		hops: _hops,
		sentAt: _sentAt,
		notBefore: _notBefore,
		// A redrive is somebody's decision to have it done now.
		expiresAt: _expiresAt,
		...rest
	} = message;
	return rest;
}
type PlaceField =
	| "attempt"
	| "leg"
	| "ticket"
	| "line"
	| "breaker"
	| "debounced"
	| "hops"
	| "sentAt"
	| "notBefore"
	| "expiresAt";

/** INV-10: the message itself, ready to be sent back by anyone: a redrive is the next generation of the same run. */
export function deadLetterOf(
	carried: Carried,
	run: Pick<RunRecord, "generation" | "attempts" | "createdAt">,
	reason: string,
	error: RunError,
	failedAt: EpochMs,
): NextMessage {
	const { born: _born, ...message } = begunAnew(carried.message);
	const born = birthOf(carried.message, run);
	return {
		target: { queueClass: carried.queueClass, queue: "dead-letter" },
		message: {
			...message,
			job: carried.job.name,
			id: carried.runId,
			generation: run.generation + 1,
			...(born === undefined ? {} : { born }),
		},
		delaySeconds: 0,
		attributes: deadLetterAttributesOf({
			reason,
			error: toLetterError(error),
			attempts: run.attempts,
			runId: carried.runId,
			job: carried.job.name,
			failedAt,
		}),
	};
}

export const toLetterError = ({
	excType,
	excMessage,
	traceback,
}: Pick<RunError, "excType" | "excMessage" | "traceback">): DeadLetterError => ({
	exc_type: excType,
	exc_message: excMessage,
	...(traceback === undefined ? {} : { traceback }),
});

const errorBytesMax = 2048;

export function deadLetterAttributesOf(letter: {
	readonly reason: string;
	readonly error: DeadLetterError;
	readonly attempts: number;
	readonly runId: string;
	readonly job: string;
	readonly failedAt: EpochMs;
}): Readonly<Record<string, string>> {
	const error = { ...letter.error, exc_message: cutToBytes(letter.error.exc_message, errorBytesMax) };
	return {
		[deadLetterAttributes.reason]: letter.reason,
		[deadLetterAttributes.error]: toMessageText(error),
		[deadLetterAttributes.attempts]: String(letter.attempts),
		[deadLetterAttributes.runId]: letter.runId,
		[deadLetterAttributes.job]: cutToBytes(toSendableText(letter.job), 200) || "(none)",
		[deadLetterAttributes.failedAt]: toIso(letter.failedAt),
	};
}

/** SQS refuses characters outside XML's set in attributes too, where no escape helps. */
const toSendableText = (text: string): string =>
	text.toWellFormed().replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
