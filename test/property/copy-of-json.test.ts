/** The memory stores' copies are what a value becomes that goes through JSON. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { copyOfJson } from "../support/copy-of-json.ts";

it("copies any plain JSON as JSON itself does, and shares nothing with it", () => {
	fc.assert(
		fc.property(fc.jsonValue({ maxDepth: 3, depthSize: "small" }), (value) => {
			const sound: unknown = JSON.parse(JSON.stringify(value));
			if (JSON.stringify(sound).includes("__proto__")) return;
			expect(copyOfJson(sound)).toEqual(sound);
			expect(JSON.stringify(copyOfJson(sound))).toBe(JSON.stringify(sound));
		}),
	);
	const inner = { text: "a" };
	const copy = copyOfJson({ inner, absent: undefined, list: [inner, undefined] }) as { readonly inner: object };
	expect(copy).toEqual({ inner: { text: "a" }, list: [{ text: "a" }, null] });
	expect(Object.keys(copy)).toEqual(["inner", "list"]);
	expect(copy.inner).not.toBe(inner);
});

it.each([
	["a number that JSON has none for", Number.NaN],
	["a Date", { at: new Date(0) }],
	["a Map", new Map()],
	["a function", { call: () => 1 }],
	["a field __proto__", JSON.parse('{"__proto__":{"a":1}}')],
])("refuses %s", (_, value) => {
	expect(() => copyOfJson(value)).toThrow(TypeError);
});
