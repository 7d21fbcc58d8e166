/**
 * Goes through a dead-letter queue, page by page. SQS can't be read without taking messages out of sight, so what was seen is held until
 * the end (else the same ten would come again and again) and then made visible at once, whatever happened. Should this process be killed,
 * the letters come back by themselves when their hold is over.
 */
import { SQS_VISIBILITY_SECONDS_MAX } from "../../kernel/limits.ts";
import type { QueueOperator } from "../../ports/queue-operator.ts";
import { type Letter, readLetter } from "./letter.ts";

const HOLD_SECONDS = 120;
/** What SQS hands out at once. */
export const LETTERS_PER_PAGE = 10;

export interface PageOptions {
	/** 1–10. Default 10. */
	readonly max?: number;
	/** How long the caller will wait before it uses a page: its letters are held so much longer. Default 0. */
	readonly waitSeconds?: number;
}

export interface HeldLetters {
	/** Letters not seen before, until there are no more or the signal aborts. A page may be empty. */
	pages(options?: PageOptions): AsyncGenerator<readonly Letter[], void>;
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

	async function* pages({ max = LETTERS_PER_PAGE, waitSeconds = 0 }: PageOptions = {}) {
		// In a long visit the first letters come into sight again, between others that were never seen. They are held once more, and when as
		// many as are held came without a new one among them, all have been seen.
		let seenAgain = 0;
		while (!signal.aborted) {
			const visibilitySeconds = Math.min(SQS_VISIBILITY_SECONDS_MAX, Math.ceil(HOLD_SECONDS + waitSeconds));
			const messages = await operator.receive(target, { max, visibilitySeconds, waitSeconds: 1 });
			for (const message of messages) held.set(message.messageId, message.receiptHandle);
			const letters = messages.filter(({ messageId }) => !seen.has(messageId)).map(readLetter);
			seenAgain = letters.length > 0 ? 0 : seenAgain + messages.length;
			if (messages.length === 0 || seenAgain > held.size) return;
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
