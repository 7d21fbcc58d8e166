/** What a limiter is called in the store: the name of its family, and for a limit that is counted for each key that key. */
import { utf8Bytes } from "../kernel/json.ts";
import { sha256Hex } from "../kernel/sha256.ts";

/** Longer keys are named by their digest. */
const KEY_BYTES_MAX = 128;

/** `stripe#customer-7`; a run without the tenant or field that is counted shares `stripe#` with the others without. */
export function limiterOfKey(family: string, key: unknown): string {
	if (key === undefined || key === null) return `${family}#`;
	const text = typeof key === "string" ? key : JSON.stringify(key);
	return `${family}#${utf8Bytes(text) <= KEY_BYTES_MAX ? text : `sha256-${sha256Hex(text)}`}`;
}
