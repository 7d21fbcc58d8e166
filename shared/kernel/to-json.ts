/**
 * From any value to the JSON that will be sent, or the one thing in it that JSON can't carry unchanged. Nothing is converted in
 * silence: a Date, NaN, BigInt, function or class instance is a flaw. Only a property whose value is `undefined` is left out,
 * because optional fields are written that way.
 */
import type { Json, JsonFlaw } from "./json.ts";

export type ValueFlaw = JsonFlaw | { readonly kind: "not-json"; readonly value: unknown };

export type ToJson =
	| { readonly ok: true; readonly json: Json }
	| { readonly ok: false; readonly flaw: ValueFlaw; readonly path: readonly (string | number)[] };

class Flawed {
	readonly flaw: ValueFlaw;
	readonly path: (string | number)[] = [];
	constructor(flaw: ValueFlaw) {
		this.flaw = flaw;
	}
}

/** A copy of `value` as JSON. Goes depth first and stops at `depthMax`, so a cycle is found as being too deep. */
export function toJson(value: unknown, depthMax: number): ToJson {
	const copied = copy(value, depthMax, depthMax);
	return copied instanceof Flawed
		? { ok: false, flaw: copied.flaw, path: copied.path.reverse() }
		: { ok: true, json: copied };
}

function copy(value: unknown, depthLeft: number, depthMax: number): Json | Flawed {
	if (depthLeft < 0) return new Flawed({ kind: "too-deep", depthMax });
	switch (typeof value) {
		case "string":
			return value.isWellFormed() ? value : new Flawed({ kind: "ill-formed-text" });
		case "number":
			return Number.isFinite(value) ? value : new Flawed({ kind: "not-json", value });
		case "boolean":
			return value;
		case "object":
			if (value === null) return null;
			return Array.isArray(value) ? copyArray(value, depthLeft, depthMax) : copyObject(value, depthLeft, depthMax);
		default:
			return new Flawed({ kind: "not-json", value });
	}
}

function copyArray(array: readonly unknown[], depthLeft: number, depthMax: number): Json | Flawed {
	const copies: Json[] = [];
	// By index and not by iterator: a hole is found as `undefined`.
	for (let index = 0; index < array.length; index++) {
		const copied = copy(array[index], depthLeft - 1, depthMax);
		if (copied instanceof Flawed) {
			copied.path.push(index);
			return copied;
		}
		copies.push(copied);
	}
	return copies;
}

function copyObject(object: object, depthLeft: number, depthMax: number): Json | Flawed {
	const prototype: unknown = Object.getPrototypeOf(object);
	if (prototype !== Object.prototype && prototype !== null) return new Flawed({ kind: "not-json", value: object });
	const copies: Record<string, Json> = {};
	for (const [key, value] of Object.entries(object)) {
		if (value === undefined) continue;
		if (key === "__proto__") return new Flawed({ kind: "forbidden-key", key });
		const copied = key.isWellFormed() ? copy(value, depthLeft - 1, depthMax) : new Flawed({ kind: "ill-formed-text" });
		if (copied instanceof Flawed) {
			copied.path.push(key);
			return copied;
		}
		copies[key] = copied;
	}
	return copies;
}
