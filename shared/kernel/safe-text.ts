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

/** At most `columns` characters, whole ones only; cut text ends in an ellipsis. Wide characters and marks count as others do. */
export function cutToWidth(text: string, columns: number): string {
	const characters = [...text];
	return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}

/**
 * A stranger's words in a sentence of our own, which they can neither draw out nor seem to end: one line in quotes, `characters` long at most.
 * What is invisible becomes a space: spelled out, it would be longer than the words.
 */
export const quoteOf = (text: string, characters: number): string => {
	const line = text
		.toWellFormed()
		.replace(/[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]+/gu, " ")
		.trim();
	return `"${cutToWidth(line.replace(/["“”„‟«»]/gu, "'"), characters)}"`;
};
