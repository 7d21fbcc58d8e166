/**
 * Text from outside (error messages, inputs, results) made safe to print: a terminal obeys control characters, and so may a message.
 * They are shown as escapes instead.
 */

/** C0 and C1 controls, DEL, line and paragraph separators, and the marks that reorder text. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

const spellOut = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** For one line: line breaks are escaped too. */
export const safeLine = (text: string): string => text.toWellFormed().replace(unsafe, spellOut);

/** For a block: line breaks stay. */
export const safeBlock = (text: string): string => text.split("\n").map(safeLine).join("\n");

/** JSON that is the same value and safe to print. */
export function safeJson(value: unknown, indent?: number): string {
	const text = JSON.stringify(value, undefined, indent) ?? "null";
	// JSON.stringify leaves only its own line breaks raw, and only when it indents.
	return text.split("\n").map(safeLine).join("\n");
}

/** Lines at most `columns` wide, broken at spaces where there are any. Nothing of the text is lost but the spaces at the breaks. */
export function wrapToWidth(text: string, columns: number): readonly string[] {
	const lines: string[] = [];
	let rest = [...text];
	while (rest.length > columns) {
		const space = rest.lastIndexOf(" ", columns);
		lines.push(rest.slice(0, space > 0 ? space : columns).join(""));
		rest = rest.slice(space > 0 ? space + 1 : columns);
	}
	return [...lines, rest.join("")];
}

/** At most `columns` wide; cut text ends in an ellipsis. */
export const cutToWidth = (text: string, columns: number): string =>
	[...text].length <= columns ? text : `${[...text].slice(0, Math.max(0, columns - 1)).join("")}…`;
