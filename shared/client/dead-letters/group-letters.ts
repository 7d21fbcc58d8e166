/**
 * Dead letters in groups, so that a thousand failures of one cause are one line. A group has an id, computed from what its letters have in
 * common, by which a later command means the same ones. Pure.
 */
import { sha256Hex } from "../../kernel/sha256.ts";
import type { Letter } from "./letter.ts";

/** What letters of one group have in common: `error` is job, reason and error with the numbers and ids in its message left out; `stack` is job, error class and the frames. */
export const letterGroupings = ["error", "reason", "stack", "attempts", "job"] as const;
export type LetterGrouping = (typeof letterGroupings)[number];

/** What of a letter a list keeps; the body is left out, because a queue may hold many. */
export type ListedLetter = Pick<
	Letter,
	"messageId" | "runId" | "job" | "reason" | "excType" | "excMessage" | "traceback" | "attempts" | "failedAt"
>;

export interface LetterGroup {
	/** `error-1c0ffee123`: the same for the same cause at any time. */
	readonly id: string;
	readonly count: number;
	/** Of this and the next five: the value that all letters of the group share, or null where they differ or have none. */
	readonly job: string | null;
	readonly reason: string | null;
	readonly exc_type: string | null;
	readonly exc_message: string | null;
	readonly attempts: number | null;
	readonly traceback: string | null;
	/** How many different messages the errors have; where they differ, the latest letter's stands in `example`. */
	readonly messages: number;
	readonly example: string | null;
	/** Latest first. */
	readonly letters: readonly LetterLine[];
}

export interface LetterLine {
	readonly messageId: string;
	readonly runId: string | null;
	readonly attempts: number | null;
	readonly failedAt: string;
}

/** The largest group first. */
export function groupLetters(letters: readonly ListedLetter[], by: LetterGrouping = "error"): readonly LetterGroup[] {
	const latestFirst = letters.toSorted((one, other) => other.failedAt.localeCompare(one.failedAt));
	return [...Map.groupBy(latestFirst, (letter) => groupIdOf(letter, by))]
		.map(([id, members]): LetterGroup => {
			const shared = <Value>(read: (letter: ListedLetter) => Value | undefined): Value | null => {
				const [first, ...others] = members.map(read);
				return first !== undefined && others.every((value) => value === first) ? first : null;
			};
			return {
				id,
				count: members.length,
				job: shared(({ job }) => job),
				reason: shared(({ reason }) => reason),
				exc_type: shared(({ excType }) => excType),
				exc_message: shared(({ excMessage }) => excMessage),
				attempts: shared(({ attempts }) => attempts),
				traceback: shared(({ traceback }) => traceback),
				messages: new Set(members.map(({ excMessage }) => excMessage)).size,
				example: members[0]?.excMessage ?? null,
				letters: members.map(({ messageId, runId, attempts, failedAt }) => ({
					messageId,
					runId: runId ?? null,
					attempts: attempts ?? null,
					failedAt,
				})),
			};
		})
		.sort((one, other) => other.count - one.count || one.id.localeCompare(other.id));
}

/** Whether the letter is of the group that a list named so. */
export function isOfGroup(letter: ListedLetter, groupId: string): boolean {
	const by = groupingOf(groupId);
	return by !== undefined && groupIdOf(letter, by) === groupId;
}

/** By what the group with this id was made; `undefined` for what is no group's id. */
export const groupingOf = (groupId: string): LetterGrouping | undefined =>
	letterGroupings.find((by) => new RegExp(`^${by}-[0-9a-f]{10}$`).test(groupId));

const groupIdOf = (letter: ListedLetter, by: LetterGrouping): string =>
	`${by}-${sha256Hex(JSON.stringify(commonOf(letter, by))).slice(0, 10)}`;

function commonOf(
	{ job, reason, excType, excMessage, traceback, attempts }: ListedLetter,
	by: LetterGrouping,
): readonly unknown[] {
	switch (by) {
		case "error":
			return [job, reason, excType, excMessage === undefined ? undefined : withoutParticulars(excMessage)];
		case "reason":
			return [reason];
		case "stack":
			return [job, excType, traceback === undefined ? undefined : withoutPlaces(traceback)];
		case "attempts":
			return [attempts];
		case "job":
			return [job];
	}
}

/** `Order 4711 of 3f2a9c… timed out after 300 ms` and the next one's are one error: every word with a digit in it may differ. */
const withoutParticulars = (message: string): string =>
	message.replace(/[\p{L}\p{N}_.:-]*\p{N}[\p{L}\p{N}_.:-]*/gu, "#");

/** The files of the frames: lines move with each deploy, folders differ between machines, and bundling shortens names of functions anew each time. */
const withoutPlaces = (traceback: string): string =>
	traceback
		.split("\n")
		.map((frame) => /([^/\s()]+?)(?::\d+)*\)?$/.exec(frame)?.[1] ?? "")
		.join("\n");
