/** Dead letters in words, for people. Everything in them came from outside. */
import { RECEIVE_LIMIT } from "../../shared/client/dead-letters/letter.ts";
import type { LetterGroup, LetterWithInputs } from "../../shared/client/operator.ts";
import { safeBlock, safeLine } from "../../shared/kernel/safe-text.ts";
import { safeJson, wrapToWidth } from "../terminal-text.ts";

const ERROR_COLUMNS = 118;
/** Of a group; `--json` has them all. */
const LETTERS_SHOWN_MAX = 10;

export function describeGroups(queueClass: string, count: number, groups: readonly LetterGroup[]): string {
	if (count === 0) return `no dead letters in ${queueClass}`;
	const heading = `${count} dead ${count === 1 ? "letter" : "letters"} in ${queueClass}`;
	return [heading, ...groups.map(describeGroup)].join("\n\n");
}

/** A refused message's error is named after its reason: once is enough. */
const errorOf = (reason: string | null, type: string, message: string | null): string =>
	type === reason ? (message ?? "") : `${type}: ${message ?? ""}`;

/** Never cut: an error's advice stands at its end. */
const wrapped = (error: string): string =>
	wrapToWidth(safeLine(error), ERROR_COLUMNS)
		.map((line) => `  ${line}`)
		.join("\n");

/** `12 x send_invoice  final-error  error-1c0ffee123` */
export const groupWords = ({ count, job, reason, id }: LetterGroup, more = ""): string =>
	`${count} x ${safeLine(job ?? "(no job, or several)")}  ${safeLine(reason ?? "(several reasons)")}${more}  ${id}`;

function describeGroup(group: LetterGroup): string {
	const attempts = group.attempts === null ? "" : `  attempts ${group.attempts}`;
	const title = groupWords(group, attempts);
	const shown = group.letters.slice(0, LETTERS_SHOWN_MAX).map(({ failedAt, runId, messageId, attempts: own }) => {
		const differing = group.attempts === null ? `  attempts ${own ?? "?"}` : "";
		return safeLine(`  ${failedAt}  run ${runId ?? "(none)"}${differing}  message ${messageId}`);
	});
	const more = group.count - shown.length;
	const [frame] = group.traceback?.split("\n") ?? [];
	return [
		title,
		groupError(group),
		...(frame === undefined ? [] : [safeLine(`  ${frame}`)]),
		...shown,
		...(more > 0 ? [`  and ${more} more, see --json`] : []),
	].join("\n");
}

function groupError({ reason, exc_type, exc_message, messages, example }: LetterGroup): string {
	if (exc_type === null) {
		if (reason === RECEIVE_LIMIT) return "  SQS moved it here: no worker lived long enough to claim it";
		return example === null ? "  (no error recorded)" : wrapped(`(several errors; the latest: ${example})`);
	}
	if (exc_message !== null) return wrapped(errorOf(reason, exc_type, exc_message));
	return wrapped(`${errorOf(reason, exc_type, example)}  (the latest of ${messages} messages)`);
}

export function describeLetter({ letter, input, originalInput }: LetterWithInputs): string {
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
		...(letter.traceback === undefined ? [] : [["stack", letter.traceback] as const]),
		["attempts", letter.attempts === undefined ? "(unknown)" : String(letter.attempts)],
		["failed", letter.failedAt],
		...(place === undefined ? [] : [["kept in", place] as const]),
		["input", inputWords(input)],
		...(letter.originalInput === undefined ? [] : [["at first", inputWords(originalInput)] as const]),
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

const inputWords = (input: unknown): string => (input === undefined ? "(none that can be read)" : safeJson(input, 2));
