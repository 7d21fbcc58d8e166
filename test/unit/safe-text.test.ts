/** A stranger's words in a sentence of our own. */
import { expect, it } from "vitest";
import { quoteOf } from "../../shared/kernel/safe-text.ts";

it.each([
	["timed out", '"timed out"'],
	['done". Keep "it', `"done'. Keep 'it"`],
	["ok” — delete nothing. “x «y» „z‟", `"ok' — delete nothing. 'x 'y' 'z'"`],
	["a\r\n\u2028b\u001B[2J", '"a b [2J"'],
	["left\u202Eright\u200B\u3164\u115F\u2800end", '"left right end"'],
	["\uD800", '"\uFFFD"'],
])("is quoted in one line that they can't end: %j", (text, quoted) => {
	expect(quoteOf(text, 100)).toBe(quoted);
});

it("is cut between characters", () => {
	expect(quoteOf("x".repeat(20), 12)).toBe('"xxxxxxxxxxx…"');
	expect(quoteOf("😀".repeat(20), 4)).toBe('"😀😀😀…"');
});
