// DynamoDB write units by AWS's own rules, from what the tables held before and after a write request. The emulator's own
// figure is kept beside this one; two independent counts that agree are worth more than either.
//
// The rules: a write costs one unit per started KB of the larger of the item before and after; an index costs one unit
// per started KB when its entry appears, disappears or changes a projected attribute, both sides when its key changes,
// and nothing when no projected attribute changed.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html (read 2026-11-20)
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export type Item = Readonly<Record<string, AttributeValue>>;

/** What the rules need to know of a table. */
export interface TableShape {
	readonly keys: readonly string[];
	readonly indexes: readonly IndexShape[];
}

export interface IndexShape {
	readonly keys: readonly string[];
	/** Attributes projected beside the keys of index and table; "all" for a full projection. */
	readonly projected: readonly string[] | "all";
}

export interface Units {
	readonly table: number;
	readonly index: number;
}

const KB = 1024;

/** Units of one write that took an item from `before` to `after` (undefined: not there). */
export function unitsOfChange(shape: TableShape, before: Item | undefined, after: Item | undefined): Units {
	const table = units(Math.max(itemBytes(before), itemBytes(after)));
	const index = shape.indexes.reduce((sum, each) => sum + indexUnits(shape, each, before, after), 0);
	return { table, index };
}

function indexUnits(shape: TableShape, index: IndexShape, before: Item | undefined, after: Item | undefined): number {
	const old = projection(shape, index, before);
	const fresh = projection(shape, index, after);
	if (old === undefined && fresh === undefined) return 0;
	if (old === undefined || fresh === undefined) return units(itemBytes(old ?? fresh));
	if (index.keys.some((key) => !sameValue(old[key], fresh[key])))
		return units(itemBytes(old)) + units(itemBytes(fresh));
	return sameItem(old, fresh) ? 0 : units(Math.max(itemBytes(old), itemBytes(fresh)));
}

/** The entry an index holds for an item: none when the item lacks one of the index's keys. */
function projection(shape: TableShape, index: IndexShape, item: Item | undefined): Item | undefined {
	if (item === undefined || index.keys.some((key) => item[key] === undefined)) return undefined;
	if (index.projected === "all") return item;
	const kept = new Set([...shape.keys, ...index.keys, ...index.projected]);
	return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)));
}

function units(bytes: number): number {
	return Math.max(1, Math.ceil(bytes / KB));
}

/**
 * The size DynamoDB bills: UTF-8 bytes of names and strings, about a byte per two digits of a number plus one, one for
 * null and booleans, three more for a list or map and one for each of its members.
 */
export function itemBytes(item: Item | undefined): number {
	if (item === undefined) return 0;
	return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
	if (value.S !== undefined) return Buffer.byteLength(value.S);
	if (value.N !== undefined) return numberBytes(value.N);
	if (value.B !== undefined) return value.B.byteLength;
	if (value.SS !== undefined) return value.SS.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
	if (value.NS !== undefined) return value.NS.reduce((sum, each) => sum + numberBytes(each), 0);
	if (value.BS !== undefined) return value.BS.reduce((sum, each) => sum + each.byteLength, 0);
	if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + valueBytes(each), 3);
	if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
	return 1;
}

function numberBytes(digits: string): number {
	const significant = digits
		.replace(/^-/, "")
		.replace(".", "")
		.replace(/^0+|0+$/g, "").length;
	return Math.ceil(significant / 2) + 1 + (digits.startsWith("-") ? 1 : 0);
}

export function sameItem(left: Item | undefined, right: Item | undefined): boolean {
	if (left === undefined || right === undefined) return left === right;
	const names = Object.keys(left);
	if (names.length !== Object.keys(right).length) return false;
	return names.every((name) => sameValue(left[name], right[name]));
}

function sameValue(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
	return canonical(left) === canonical(right);
}

/** Members of maps in one order and sets sorted, so that equal values have equal text. */
function canonical(value: AttributeValue | undefined): string {
	return JSON.stringify(value, (_name, member: unknown) => {
		if (member instanceof Uint8Array) return Buffer.from(member).toString("base64");
		if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
		return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
	});
}
