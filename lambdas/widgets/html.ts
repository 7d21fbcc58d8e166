/**
 * HTML that can't be broken out of: what is put into a template is escaped, and where it could not be (outside of an element's text or of a
 * quoted attribute) the template is refused. Job texts are a stranger's. Pure.
 */

const TEXT = Symbol("html");

/** Made by `html` alone: no text that came from outside can pass for it. */
export interface Html {
	readonly [TEXT]: string;
}

export type Interpolated = string | number | Html | readonly Html[] | undefined;

/** Where in a document a template stands after a piece of it. */
type Place = "text" | "tag" | "attribute";

const checked = new WeakMap<TemplateStringsArray, readonly Place[]>();

/**
 * Texts and numbers are escaped, `Html` stands as it is, `undefined` is nothing.
 * @throws TypeError for a template that puts something where escaping does not help.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Interpolated[]): Html {
	const places = placesOf(strings);
	let text = strings[0] ?? "";
	for (const [index, value] of values.entries()) {
		const place = places[index];
		if (place === "attribute" && typeof value === "object") throw new TypeError("An attribute takes text, not HTML");
		text += textOf(value) + (strings[index + 1] ?? "");
	}
	return { [TEXT]: text };
}

/** What a browser is given. */
export const toText = (made: Html): string => made[TEXT];

export const none: Html = html``;

function textOf(value: Interpolated): string {
	if (value === undefined) return "";
	if (typeof value === "string" || typeof value === "number") return escapeText(String(value));
	return TEXT in value ? value[TEXT] : value.map((one) => one[TEXT]).join("");
}

const entities: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
	"`": "&#96;",
};

/** Controls and what turns the direction of text would show something else than there is. Line breaks and tabs stay. */
const invisible = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;

export function escapeText(text: string): string {
	return text
		.toWellFormed()
		.replace(/[&<>"'`]/g, (character) => entities[character] ?? "")
		.replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

function placesOf(strings: TemplateStringsArray): readonly Place[] {
	const known = checked.get(strings);
	if (known !== undefined) return known;
	let place: Place = "text";
	const places = strings.slice(0, -1).map((piece) => {
		place = after(piece, place);
		if (place === "tag") throw new TypeError(`Nothing can be put here: "${piece.slice(-40)}" ends within a tag`);
		if (/<(script|style|!--)[^<]*$/i.test(piece)) throw new TypeError(`Nothing can be put here: "${piece.slice(-40)}"`);
		return place;
	});
	checked.set(strings, places);
	return places;
}

function after(piece: string, start: Place): Place {
	let place = start;
	for (const character of piece) {
		if (place === "text") {
			if (character === "<") place = "tag";
		} else if (place === "tag") {
			if (character === '"') place = "attribute";
			else if (character === "'") throw new TypeError("Attributes are quoted with double quotes");
			else if (character === ">") place = "text";
		} else if (character === '"') place = "tag";
	}
	return place;
}
