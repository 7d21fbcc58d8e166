/** Which dead letters an operator means: some by their ids, a group of a list, or all. */
import { MillraceError } from "../../kernel/errors.ts";
import { groupingOf, isOfGroup, letterGroupings } from "./group-letters.ts";
import type { Letter } from "./letter.ts";

export interface LetterSelection {
	/** SQS message ids or run ids; a run's id means all its letters. Default: whatever their ids. */
	readonly ids?: readonly string[];
	/** The id of a group, as a list told it. Default: of any group. */
	readonly group?: string;
}

export const isSelected = (letter: Letter, { ids, group }: LetterSelection): boolean =>
	(ids === undefined || ids.includes(letter.messageId) || (letter.runId !== undefined && ids.includes(letter.runId))) &&
	(group === undefined || isOfGroup(letter, group));

/** Whether there is no need to look on. A run may have more letters than one, so only letters' own ids say so. */
export const isAllFound = ({ ids }: LetterSelection, messageIds: ReadonlySet<string>): boolean =>
	ids?.every((id) => messageIds.has(id)) === true;

/** @throws MillraceError `usage` for what is no group's id */
export function checkSelection({ group }: LetterSelection): void {
	if (group === undefined || groupingOf(group) !== undefined) return;
	throw new MillraceError(
		"usage",
		`"${group}" is no group of dead letters; a group's id begins with ${letterGroupings.join("-, ")}- and stands in \`millrace dlq list\`.`,
	);
}
