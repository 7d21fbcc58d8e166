/** Dead letters in words, for people. Everything in them came from outside. */
import { safeBlock, safeJson, safeLine, wrapToWidth } from "../terminal-text.ts";
import { type Letter, RECEIVE_LIMIT } from "./letter.ts";
import type { LetterGroup } from "./list-letters.ts";

const ERROR_COLUMNS = 118;

export function describeGroups(queueClass: string, count: number, groups: readonly LetterGroup[]): string {
	if (count === 0) return `no dead letters in ${queueClass}`;
	const heading = `${count} dead ${count === 1 ? "letter" : "letters"} in ${queueClass}`;
	return [heading, ...groups.map(describeGroup)].join("\n\n");
}

/** A refused message's error is named after its reason: once is enough. */
const errorOf = (reason: string, type: string, message: string | null): string =>
	type === reason ? (message ?? "") : `${type}: ${message ?? ""}`;

/** Never cut: an error's advice stands at its end. */
const wrapped = (error: string): string =>
	wrapToWidth(safeLine(error), ERROR_COLUMNS)
		.map((line) => `  ${line}`)
		.join("\n");

function describeGroup(group: LetterGroup): string {
	const title = `${group.count} x ${safeLine(group.job ?? "(no job)")}  ${safeLine(group.reason)}`;
	const error =
		group.exc_type === null
			? group.reason === RECEIVE_LIMIT
				? "  SQS moved it here: no worker lived long enough to claim it"
				: "  (no error recorded)"
			: wrapped(errorOf(group.reason, group.exc_type, group.exc_message));
	const lines = group.letters.map(({ failedAt, runId, attempts, messageId }) =>
		safeLine(`  ${failedAt}  run ${runId ?? "(none)"}  attempts ${attempts ?? "?"}  message ${messageId}`),
	);
	return [title, error, ...lines].join("\n");
}

export function describeLetter(letter: Letter, input: unknown): string {
	const error =
		letter.excType === undefined
			? "(none recorded)"
			: errorOf(letter.reason, letter.excType, letter.excMessage ?? null);
	const place = letter.inputRef?.key ?? letter.movedTo;
	const facts: readonly (readonly [string, string])[] = [
		["run", letter.runId ?? "(none)"],
		["job", letter.job ?? "(none)"],
		["reason", letter.reason],
		["error", error],
		["attempts", letter.attempts === undefined ? "(unknown)" : String(letter.attempts)],
		["failed", letter.failedAt],
		...(place === undefined ? [] : [["kept in", place] as const]),
		["input", input === undefined ? "(none that can be read)" : safeJson(input, 2)],
		["body", letter.body],
	];
	const lines = facts.map(
		([name, value]) =>
			`  ${name.padEnd(9)} ${safeBlock(value)
				.split("\n")
				.join(`\n${" ".repeat(12)}`)}`,
	);
	return [`message ${safeLine(letter.messageId)}`, ...lines].join("\n");
}
