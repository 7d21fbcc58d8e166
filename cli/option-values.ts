/** Options and arguments that are numbers or instants, read with one sentence for what they must be and what was given. */
import { type EpochMs, parseIso } from "../shared/kernel/time.ts";
import { usage } from "./command-context.ts";

/** @throws MillraceError `usage` */
export function readWhole(
	name: string,
	text: string,
	{ min, max }: { readonly min: number; readonly max?: number },
): number {
	const value = readNumber(text);
	if (Number.isInteger(value) && value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER)) return value;
	throw usage(
		`${name} must be a whole number${max === undefined ? `, ${min} or more` : ` from ${min} to ${max}`}; got "${text}".`,
	);
}

/** @throws MillraceError `usage` */
export function readPositive(name: string, text: string): number {
	const value = readNumber(text);
	if (Number.isFinite(value) && value > 0) return value;
	throw usage(`${name} must be a number above 0; got "${text}".`);
}

/** A span of time, parts of a second included. @throws MillraceError `usage` */
export function readSeconds(name: string, text: string): number {
	const value = readNumber(text);
	if (Number.isFinite(value) && value >= 0) return value;
	throw usage(`${name} must be a number of seconds, 0 or more; got "${text}".`);
}

/** @throws MillraceError `usage` */
export function readInstant(name: string, text: string): EpochMs {
	const value = parseIso(text);
	if (value !== undefined) return value;
	throw usage(
		`${name} must be an ISO 8601 instant such as 2026-11-20T09:00:00Z, in UTC where it names no offset; got "${text}".`,
	);
}

/** `Number` alone would take an empty text for 0. */
const readNumber = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));
