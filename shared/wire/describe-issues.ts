/**
 * What a zod schema found, in words: one line per problem, as `input.connected_addresses[2]: must be a whole number; got "seven"`.
 * `zod/mini` ships without messages ("Invalid input"), so they are made here from the issue and the value. Values are quoted briefly:
 * these lines go into logs, dead letters and terminals.
 */
import type { core } from "zod/mini";
import { quote, showValue } from "../kernel/show-value.ts";

const SHOWN_ISSUES_MAX = 10;
const SHOWN_KEYS_MAX = 5;

/** Lines for the first ten issues, and one that counts the rest. `root` names the value itself: `input`, `message`. */
export function describeIssues(issues: readonly core.$ZodIssue[], value: unknown, root: string): readonly string[] {
	const lines = issues.slice(0, SHOWN_ISSUES_MAX).map((issue) => {
		const path = issue.path.reduce<string>(appendToPath, root);
		return `${path}: ${problemOf(issue, valueAt(value, issue.path))}`;
	});
	const more = issues.length - lines.length;
	return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** `input` and `a` → `input.a`; `input` and 2 → `input[2]`; `input` and `odd key` → `input["odd key"]`. */
export function appendToPath(path: string, step: PropertyKey): string {
	if (typeof step === "number") return `${path}[${step}]`;
	const text = String(step);
	return /^[A-Za-z_$][\w$]{0,63}$/.test(text) ? `${path}.${text}` : `${path}[${quote(text)}]`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
	let at = value;
	for (const step of path) {
		if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
		at = Reflect.get(at, step);
	}
	return at;
}

const typeWords: Readonly<Record<string, string>> = {
	string: "a text",
	number: "a number",
	int: "a whole number",
	boolean: "true or false",
	object: "an object",
	record: "an object",
	array: "an array",
	null: "null",
};

function problemOf(issue: core.$ZodIssue, got: unknown): string {
	// A schema's own words come first: they say more than a rule can.
	if (issue.message !== "" && issue.message !== "Invalid input") {
		return got === undefined ? issue.message : `${issue.message}; got ${showValue(got)}`;
	}
	switch (issue.code) {
		case "invalid_type":
			return mismatch(typeWords[issue.expected] ?? `of type ${issue.expected}`, got);
		case "invalid_value": {
			const values = issue.values.map((value) => (typeof value === "string" ? quote(value) : String(value)));
			return mismatch(`${values.length > 1 ? "one of " : ""}${values.join(", ")}`, got);
		}
		case "unrecognized_keys":
			return `has unknown ${issue.keys.length === 1 ? "field" : "fields"} ${someOf(issue.keys)}`;
		case "too_small":
			return bound(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum, got);
		case "too_big":
			return bound(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum, got);
		case "not_multiple_of":
			return mismatch(`a multiple of ${issue.divisor}`, got);
		case "invalid_format":
			return mismatch(
				issue.format === "regex" ? `of the form ${issue.pattern ?? "given"}` : `a valid ${issue.format}`,
				got,
			);
		case "invalid_key":
			return "has a key that is not allowed";
		case "invalid_union":
			return `fits none of the allowed forms; got ${showValue(got)}`;
		default:
			return `is not valid; got ${showValue(got)}`;
	}
}

/** Names come from a stranger, who can send hundreds of thousands. */
function someOf(keys: readonly string[]): string {
	const more = keys.length - SHOWN_KEYS_MAX;
	return `${keys.slice(0, SHOWN_KEYS_MAX).map(quote).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function mismatch(wanted: string, got: unknown): string {
	return got === undefined ? `is missing; it must be ${wanted}` : `must be ${wanted}; got ${showValue(got)}`;
}

const boundUnits: Readonly<Record<string, string>> = { string: "characters", array: "elements", set: "elements" };

function bound(origin: string, words: string, limit: number | bigint, got: unknown): string {
	const units = boundUnits[origin];
	if (units === undefined) return mismatch(`${words} ${limit}`, got);
	const length = typeof got === "string" || Array.isArray(got) ? got.length : "another number";
	return `must have ${words} ${limit} ${Number(limit) === 1 ? units.slice(0, -1) : units}; got ${length}`;
}
