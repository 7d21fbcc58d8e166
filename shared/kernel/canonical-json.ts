/** One spelling for each JSON value: the same object gives the same text, in whatever order its keys were set. */
import type { Json } from "./json.ts";

/** @param value of plain JSON, as `toJson` copies it: no deeper than the call stack. */
export const canonicalJson = (value: Json): string => JSON.stringify(value, sortKeys);

function sortKeys(_key: string, value: unknown): unknown {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
	const fields = value as Readonly<Record<string, unknown>>;
	return Object.fromEntries(
		Object.keys(fields)
			.sort()
			.map((key) => [key, fields[key]]),
	);
}
