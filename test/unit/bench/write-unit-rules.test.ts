import { describe, expect, it } from "vitest";
import { itemBytes, type TableShape, unitsOfChange } from "../../../bench/measure/write-unit-rules.ts";

const plain: TableShape = { keys: ["pk"], indexes: [] };
const indexed: TableShape = { keys: ["pk"], indexes: [{ keys: ["ip"], projected: ["job"] }] };
const text = (length: number) => ({ S: "x".repeat(length) });

describe("itemBytes", () => {
	it("counts names and values", () => {
		expect(itemBytes({ pk: { S: "ab" } })).toBe(4);
		expect(itemBytes({ pk: { S: "é" } })).toBe(4);
		// Two digits a byte, and one byte more; zeros at the end are trimmed.
		expect(itemBytes({ n: { N: "1795165200001" } })).toBe(9);
		expect(itemBytes({ n: { N: "1795165200000" } })).toBe(6);
		// Names 2, the boolean 1, the list 3 with 1 for its member and 1 for the member's text.
		expect(itemBytes({ b: { BOOL: true }, l: { L: [{ S: "a" }] } })).toBe(8);
		expect(itemBytes(undefined)).toBe(0);
	});
});

describe("unitsOfChange", () => {
	it("charges a started KB of the larger side", () => {
		expect(unitsOfChange(plain, undefined, { pk: text(10) }).table).toBe(1);
		// 2 bytes of name and 1022 of value are one KB; one byte more starts the next.
		expect(unitsOfChange(plain, undefined, { pk: text(1_022) }).table).toBe(1);
		expect(unitsOfChange(plain, undefined, { pk: text(1_023) }).table).toBe(2);
		expect(unitsOfChange(plain, { pk: text(3_000) }, { pk: text(10) }).table).toBe(3);
		expect(unitsOfChange(plain, { pk: text(3_000) }, undefined).table).toBe(3);
	});
	it("charges an index for an entry that appears, disappears or changes what it projects", () => {
		const entry = { pk: { S: "a" }, ip: { S: "today" }, job: { S: "j" }, state: { S: "STARTED" } };
		expect(unitsOfChange(indexed, undefined, entry).index).toBe(1);
		expect(unitsOfChange(indexed, entry, undefined).index).toBe(1);
		expect(unitsOfChange(indexed, entry, { ...entry, state: { S: "SUCCESS" } }).index).toBe(0);
		expect(unitsOfChange(indexed, entry, { ...entry, job: { S: "k" } }).index).toBe(1);
	});
	it("charges an index twice when its key changes, and nothing for an item that is not in it", () => {
		const entry = { pk: { S: "a" }, ip: { S: "today" } };
		expect(unitsOfChange(indexed, entry, { ...entry, ip: { S: "tomorrow" } }).index).toBe(2);
		expect(unitsOfChange(indexed, undefined, { pk: { S: "a" } }).index).toBe(0);
	});
});
