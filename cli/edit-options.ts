/** `--edit-input`, `--set` and `--unset` of a redrive: how each input is changed before it is sent. */
import type { RedriveOptions } from "../shared/client/operator.ts";
import { MillraceError } from "../shared/kernel/errors.ts";
import { usage } from "./command-context.ts";
import type { Io } from "./io.ts";
import { readJsonOption } from "./read-json-option.ts";

export interface EditOptions {
	readonly editInput?: string;
	readonly set?: readonly string[];
	readonly unset?: readonly string[];
}

type EditInput = NonNullable<RedriveOptions["edit"]>;
type Path = readonly (string | number)[];

/** `undefined` when inputs are to stay as they are. @throws MillraceError `usage` */
export async function readEdit(
	io: Io,
	{ editInput, set = [], unset = [] }: EditOptions,
): Promise<EditInput | undefined> {
	const changes = [
		...set.map((text) => {
			const [, path, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
			if (path === undefined || value === undefined)
				throw usage(`--set takes path=value, as in items[0].name=7; got "${text}".`);
			return { path: parsePath("--set", path), value: readValue(value) };
		}),
		...unset.map((path) => ({ path: parsePath("--unset", path), value: undefined })),
	];
	if (editInput !== undefined) {
		if (changes.length > 0) throw usage("--edit-input replaces the whole input: leave out --set and --unset.");
		const input = await readJsonOption(io, "--edit-input", editInput);
		return () => input;
	}
	if (changes.length === 0) return undefined;
	return (input) => {
		if (input === undefined) {
			throw new MillraceError(
				"input-reference-missing",
				"Its input is no longer in the bucket, so no part of it can be changed. Give a whole one with --edit-input.",
			);
		}
		return changes.reduce<unknown>((edited, { path, value }) => withValue(edited, path, value, "input"), input);
	};
}

/** JSON where it is some; else a text, so that `--set name=Anna` needs no quotes inside quotes. */
function readValue(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** `items[2].name` and `["odd key"]`. */
function parsePath(option: string, text: string): Path {
	const steps = [...text.matchAll(/(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy)];
	const read = steps.reduce((length, [step]) => length + step.length, 0);
	if (steps.length > 0 && read === text.length) {
		return steps.map(
			([, name, index, quoted]) => name ?? (index === undefined ? String(JSON.parse(quoted ?? '""')) : Number(index)),
		);
	}
	throw usage(`${option} takes a path such as items[2].name or ["odd key"]; got "${text}".`);
}

/** A copy with the value at the path, objects made on the way; without it where the value is `undefined`. */
function withValue(target: unknown, path: Path, value: unknown, at: string): unknown {
	const [step, ...rest] = path;
	if (step === undefined) return value;
	if (typeof step === "number") {
		const here = `${at}[${step}]`;
		if (!Array.isArray(target) || step > target.length) throw wrongPlace(here, `${at} is no list that is long enough`);
		const list: readonly unknown[] = target;
		const changed = withValue(list[step], rest, value, here);
		return list.toSpliced(step, 1, ...(changed === undefined ? [] : [changed]));
	}
	const here = `${at}.${step}`;
	if (target !== undefined && (typeof target !== "object" || target === null || Array.isArray(target))) {
		throw wrongPlace(here, `${at} is no object`);
	}
	const fields = new Map<string, unknown>(Object.entries(target ?? {}));
	const changed = withValue(fields.get(step), rest, value, here);
	if (changed === undefined) fields.delete(step);
	else fields.set(step, changed);
	// Each key becomes the object's own, whatever it is called.
	return Object.fromEntries(fields);
}

const wrongPlace = (here: string, why: string): MillraceError =>
	new MillraceError("invalid-input", `${here} can't be changed: ${why}.`);
