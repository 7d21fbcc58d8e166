/** Reading dead letters: all of them, or one with its inputs. */
import { MillraceError } from "../../kernel/errors.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { QueueOperator } from "../../ports/queue-operator.ts";
import type { ListedLetter } from "./group-letters.ts";
import { withLetters } from "./hold-letters.ts";
import type { Letter } from "./letter.ts";
import { isSelected } from "./selection.ts";

/** The letters stay where they are. Ends early, with what was seen, when the signal aborts. @throws MillraceError `queue-failed` */
export const listLetters = (
	operator: QueueOperator,
	queueClass: string,
	signal: AbortSignal,
): Promise<readonly ListedLetter[]> =>
	withLetters(operator, queueClass, signal, async ({ pages }) => {
		const listed: ListedLetter[] = [];
		for await (const page of pages()) {
			for (const { messageId, runId, job, reason, excType, excMessage, traceback, attempts, failedAt } of page) {
				listed.push({ messageId, runId, job, reason, excType, excMessage, traceback, attempts, failedAt });
			}
		}
		return listed;
	});

/** @throws MillraceError `run-not-found`, `queue-failed` */
export function findLetter(
	operator: QueueOperator,
	queueClass: string,
	id: string,
	signal: AbortSignal,
): Promise<Letter> {
	return withLetters(operator, queueClass, signal, async ({ pages }) => {
		for await (const page of pages()) {
			const letter = page.find((candidate) => isSelected(candidate, { ids: [id] }));
			if (letter !== undefined) return letter;
		}
		throw new MillraceError(
			"run-not-found",
			`There is no dead letter "${id}" in ${queueClass}. List them with \`millrace dlq list ${queueClass}\`.`,
			{ details: { id, queueClass } },
		);
	});
}

/** The input that failed, fetched where it lies in the bucket; `undefined` when the message has none that can be read. */
export async function inputOf(blobs: BlobStore, letter: Letter): Promise<unknown> {
	return letter.inputRef === undefined ? letter.fields["input"] : readInput(blobs, letter.inputRef.key);
}

/** The input that the run was first sent with, where a redrive changed it; `undefined` where none did, or when it is no longer in the bucket. */
export async function originalInputOf(blobs: BlobStore, letter: Letter): Promise<unknown> {
	return letter.originalInput === undefined ? undefined : readInput(blobs, letter.originalInput.key);
}

async function readInput(blobs: BlobStore, key: string): Promise<unknown> {
	const text = await blobs.get(key);
	return text === undefined ? undefined : JSON.parse(text);
}
