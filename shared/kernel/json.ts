/**
 * JSON as it crosses boundaries: what a value may hold, how large it is, and how it is written so that SQS takes it.
 * Everything here walks iteratively: input may be ten thousand levels deep.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type JsonFlaw =
	| { readonly kind: "too-deep"; readonly depthMax: number }
	| { readonly kind: "forbidden-key"; readonly key: string }
	| { readonly kind: "ill-formed-text" };

/**
 * Looks through a parsed JSON value for what no message may hold: nesting beyond `depthMax`, `__proto__` as a key
 * (it would change an object's prototype when merged), and lone surrogates (no UTF-8 spells them, so stores refuse them).
 */
export function findJsonFlaw(value: unknown, depthMax: number): JsonFlaw | undefined {
	let level: unknown[] = [value];
	for (let depth = 0; level.length > 0; depth++) {
		if (depth > depthMax) return { kind: "too-deep", depthMax };
		const next: unknown[] = [];
		for (const node of level) {
			if (typeof node === "string") {
				if (!node.isWellFormed()) return { kind: "ill-formed-text" };
			} else if (Array.isArray(node)) {
				for (const element of node) next.push(element);
			} else if (typeof node === "object" && node !== null) {
				for (const key of Object.keys(node)) {
					if (key === "__proto__") return { kind: "forbidden-key", key };
					if (!key.isWellFormed()) return { kind: "ill-formed-text" };
					next.push((node as Record<string, unknown>)[key]);
				}
			}
		}
		level = next;
	}
	return undefined;
}

/** SQS refuses characters outside XML 1.0's set; JSON.stringify already escapes all of them but these two. */
const outsideXml = /[\uFFFE\uFFFF]/g;

/** JSON text that SQS accepts as a message body. */
export function toMessageText(value: unknown): string {
	return JSON.stringify(value).replace(outsideXml, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** Length in UTF-8, the unit of every AWS size limit. */
export const utf8Bytes = (text: string): number => Buffer.byteLength(text, "utf8");

/** The text cut to at most `bytesMax` UTF-8 bytes, on a character boundary, with an ellipsis when cut. */
export function cutToBytes(text: string, bytesMax: number): string {
	if (utf8Bytes(text) <= bytesMax) return text;
	let cut = text.slice(0, bytesMax);
	while (utf8Bytes(cut) > bytesMax - 3) cut = cut.slice(0, -1);
	return `${cut.toWellFormed()}…`;
}
