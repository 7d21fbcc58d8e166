/** What comes out of JSON when a plain value goes through it, without its being spelt: a memory store copies each row many times. */

/** Of text, finite numbers, truth values, null, arrays and plain objects; what is undefined is left out. Anything else is refused. */
export function copyOfJson(value: unknown): unknown {
	if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
	if (typeof value === "number") {
		if (Number.isFinite(value)) return value;
	} else if (Array.isArray(value)) {
		return value.map((item) => (item === undefined ? null : copyOfJson(item)));
	} else if (typeof value === "object" && isPlain(value)) {
		const copy: Record<string, unknown> = {};
		for (const name of Object.keys(value)) {
			const field = (value as Record<string, unknown>)[name];
			if (name === "__proto__") throw new TypeError("No plain JSON: it has a field __proto__");
			if (field !== undefined) copy[name] = copyOfJson(field);
		}
		return copy;
	}
	throw new TypeError(`No plain JSON: ${String(value)}`);
}

function isPlain(value: object): boolean {
	const prototype: unknown = Object.getPrototypeOf(value);
	return (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
}
