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
