/**
 * Goes through a dead-letter queue once, page by page. SQS can't be read without taking messages out of sight, so what was seen is held
 * until the end (else the same ten would come again and again) and then made visible at once, whatever happened. Should this process be
 * killed, the letters come back by themselves after HOLD_SECONDS.
 */
import type { QueueOperator } from "../../shared/ports/queue-operator.ts";
import { type Letter, readLetter } from "./letter.ts";

const HOLD_SECONDS = 120;
const PAGE = 10;

export interface HeldLetters {
	/** Letters not seen before, up to ten at a time, until there are no more or the signal aborts. */
	pages(): AsyncGenerator<readonly Letter[], void>;
	/** Deletes letters from the queue. */
	remove(letters: readonly Letter[]): Promise<void>;
}

export async function withLetters<Result>(
	operator: QueueOperator,
	queueClass: string,
	signal: AbortSignal,
	work: (letters: HeldLetters) => Promise<Result>,
): Promise<Result> {
	const target = { queueClass, queue: "dead-letter" } as const;
	const held = new Map<string, string>();
	const seen = new Set<string>();

	async function* pages(): AsyncGenerator<readonly Letter[], void> {
		while (!signal.aborted) {
			const messages = await operator.receive(target, { max: PAGE, visibilitySeconds: HOLD_SECONDS, waitSeconds: 1 });
			for (const message of messages) held.set(message.messageId, message.receiptHandle);
			// In a long visit the first letters come into sight again: then everything has been seen.
			const letters = messages.filter(({ messageId }) => !seen.has(messageId)).map(readLetter);
			if (letters.length === 0) return;
			for (const letter of letters) seen.add(letter.messageId);
			yield letters;
		}
	}

	async function remove(letters: readonly Letter[]): Promise<void> {
		if (letters.length === 0) return;
		const handles = letters.map((letter) => held.get(letter.messageId) ?? letter.receiptHandle);
		await operator.remove(target, handles);
		for (const letter of letters) held.delete(letter.messageId);
	}

	try {
		return await work({ pages, remove });
	} finally {
		// What can't be released (held for too long, or no right to) comes back by itself: no reason to hide what the work gave.
		if (held.size > 0) await operator.release(target, [...held.values()]).catch(() => {});
	}
}
