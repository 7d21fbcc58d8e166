/** Reading dead letters: all of them in groups, or one with its input. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { BlobStore } from "../../shared/ports/blob-store.ts";
import type { QueueOperator } from "../../shared/ports/queue-operator.ts";
import { withLetters } from "./hold-letters.ts";
import { isNamed, type Letter } from "./letter.ts";

/** One line of the list; the body is left out, because a queue may hold many. */
export interface LetterLine {
	readonly messageId: string;
	readonly runId: string | null;
	readonly attempts: number | null;
	readonly failedAt: string;
}

export interface LetterGroup {
	readonly job: string | null;
	readonly reason: string;
	readonly exc_type: string | null;
	readonly exc_message: string | null;
	readonly count: number;
	/** Latest first. */
	readonly letters: readonly LetterLine[];
}

type ListedLetter = Pick<
	Letter,
	"messageId" | "runId" | "job" | "reason" | "excType" | "excMessage" | "attempts" | "failedAt"
>;

export const listLetters = (
	operator: QueueOperator,
	queueClass: string,
	signal: AbortSignal,
): Promise<readonly ListedLetter[]> =>
	withLetters(operator, queueClass, signal, async ({ pages }) => {
		const listed: ListedLetter[] = [];
		for await (const page of pages()) {
			for (const { messageId, runId, job, reason, excType, excMessage, attempts, failedAt } of page) {
				listed.push({ messageId, runId, job, reason, excType, excMessage, attempts, failedAt });
			}
		}
		return listed;
	});

/** By job, reason and error, the largest group first. */
export function groupLetters(letters: readonly ListedLetter[]): readonly LetterGroup[] {
	const groups = Map.groupBy(letters, ({ job, reason, excType, excMessage }) =>
		JSON.stringify([job, reason, excType, excMessage]),
	);
	return [...groups.values()]
		.flatMap((members): LetterGroup[] => {
			const [first] = members;
			if (first === undefined) return [];
			return [
				{
					job: first.job ?? null,
					reason: first.reason,
					exc_type: first.excType ?? null,
					exc_message: first.excMessage ?? null,
					count: members.length,
					letters: members
						.map(({ messageId, runId, attempts, failedAt }) => ({
							messageId,
							runId: runId ?? null,
							attempts: attempts ?? null,
							failedAt,
						}))
						.sort((one, other) => other.failedAt.localeCompare(one.failedAt)),
				},
			];
		})
		.sort((one, other) => other.count - one.count || (one.job ?? "").localeCompare(other.job ?? ""));
}

/** @throws MillraceError `run-not-found` */
export function findLetter(
	operator: QueueOperator,
	queueClass: string,
	id: string,
	signal: AbortSignal,
): Promise<Letter> {
	return withLetters(operator, queueClass, signal, async ({ pages }) => {
		for await (const page of pages()) {
			const letter = page.find((candidate) => isNamed(candidate, [id]));
			if (letter !== undefined) return letter;
		}
		throw new MillraceError(
			"run-not-found",
			`There is no dead letter "${id}" in ${queueClass}. List them with \`millrace dlq list ${queueClass}\`.`,
			{ details: { id, queueClass } },
		);
	});
}

/** The job's input, fetched where it lies in the bucket; `undefined` when the message has none that can be read. */
export async function inputOf(blobs: BlobStore, letter: Letter): Promise<unknown> {
	if (letter.inputRef === undefined) return letter.fields["input"];
	const text = await blobs.get(letter.inputRef.key);
	return text === undefined ? undefined : JSON.parse(text);
}
