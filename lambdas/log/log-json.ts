/**
 * Any value as JSON text for one line of a log, whatever a stranger has put into it: valid, bounded, on one line, and free of what a terminal
 * obeys. What can't be said in JSON is said in words; what throws when it is read is named as such.
 */

/** What is left to be written. CloudWatch cuts an event above 256 KB in two, and neither half would be JSON. */
export interface Room {
	chars: number;
}

const TEXT_CHARS_MAX = 8_192;
const ENTRIES_MAX = 100;
const DEPTH_MAX = 8;
/** Brackets around, or colon and comma. */
const SIGN_CHARS = 2;

/** What `read` gives; `undefined` for what JSON leaves out. Never throws. */
export function jsonText(read: () => unknown, room: Room, depth = 0): string | undefined {
	try {
		return write(read(), room, depth);
	} catch {
		return quoteText("(unreadable)", room);
	}
}

/** DEL, C1 controls, line separators, and marks that reorder text: JSON may hold them raw, a terminal obeys them. */
const obeyed = /[\u007F-\u009F\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

export function quoteText(text: string, room: Room, charsMax = TEXT_CHARS_MAX): string {
	let most = Math.max(0, Math.min(charsMax, room.chars));
	let quoted = quoteStart(text, most);
	// An escaped character is six.
	while (most > 0 && quoted.length > room.chars) {
		most = Math.floor(most / 2);
		quoted = quoteStart(text, most);
	}
	room.chars -= quoted.length;
	return quoted;
}

function quoteStart(text: string, charsMax: number): string {
	const cut = text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
	return JSON.stringify(cut.toWellFormed()).replace(
		obeyed,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}

function write(value: unknown, room: Room, depth: number): string | undefined {
	switch (typeof value) {
		case "string":
			return quoteText(value, room);
		case "number":
			return Number.isFinite(value) ? plain(String(value), room) : quoteText(String(value), room);
		case "boolean":
			return plain(String(value), room);
		case "bigint":
			return quoteText(String(value), room);
		case "object":
			return value === null ? plain("null", room) : writeObject(value, room, depth);
		default:
			return undefined;
	}
}

function plain(text: string, room: Room): string {
	room.chars -= text.length;
	return text;
}

function writeObject(value: object, room: Room, depth: number): string | undefined {
	if (depth >= DEPTH_MAX || room.chars <= 0) return quoteText("…", room);
	room.chars -= SIGN_CHARS;
	if (value instanceof Error) return writeEntries(entriesOfError(value), room, depth);
	if ("toJSON" in value && typeof value.toJSON === "function") return write(value.toJSON(), room, depth + 1);
	if (Array.isArray(value) || value instanceof Set || value instanceof Map) return writeList(value, room, depth);
	return writeEntries(entriesOf(value), room, depth);
}

function writeList(values: Iterable<unknown>, room: Room, depth: number): string {
	const texts: string[] = [];
	for (const element of values) {
		const full = texts.length >= ENTRIES_MAX || room.chars <= 0;
		texts.push(full ? plain('"…"', room) : (jsonText(() => element, room, depth + 1) ?? plain("null", room)));
		room.chars -= SIGN_CHARS;
		if (full) break;
	}
	return `[${texts.join(",")}]`;
}

type Entry = readonly [name: string, read: () => unknown];

function writeEntries(entries: Iterable<Entry>, room: Room, depth: number): string {
	const texts: string[] = [];
	for (const [name, read] of entries) {
		if (texts.length >= ENTRIES_MAX || room.chars <= 0) break;
		const text = jsonText(read, room, depth + 1);
		if (text !== undefined) texts.push(`${quoteText(name, room, 256)}:${text}`);
		room.chars -= SIGN_CHARS;
	}
	return `{${texts.join(",")}}`;
}

function* entriesOf(value: object): Generator<Entry> {
	for (const name of Object.keys(value)) yield [name, () => (value as Record<string, unknown>)[name]];
}

function entriesOfError(error: Error): readonly Entry[] {
	return [
		["name", () => error.name],
		["code", () => ("code" in error ? error.code : undefined)],
		["message", () => error.message],
		["stack", () => error.stack],
		["cause", () => error.cause],
	];
}
