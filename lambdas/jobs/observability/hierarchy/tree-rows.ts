/**
 * One row per execution that has been heard of. States of a row:   live → forwarded
 * - live: holds the whole hierarchy of some executions, this one among them.
 * - forwarded: they are, or are about to be, in the live row that it leads to; until they are there, they still stand here.
 * Every write is conditional on the row's revision, so that each is one atomic step and the steps have one order.
 */
import { readBytes, readNumber, readOptionalNumber } from "../store/attributes.ts";
import type { Item, Table } from "../store/table.ts";
import { decodeParents, encodeParents, type Parents, ROOT } from "./forest.ts";

export interface TreeRow {
	readonly id: number;
	readonly revision: number;
	readonly parents: Parents;
	/** The row that this one is forwarded to. */
	readonly into?: number;
}

const treeKey = (id: number) => ({ pk: `T#${id}`, sk: "TREE" });

export const singleton = (id: number, into?: number): TreeRow => ({
	id,
	revision: 1,
	parents: new Map([[id, ROOT]]),
	...(into === undefined ? {} : { into }),
});

export function createTreeRows(table: Table) {
	return {
		async read(ids: readonly number[]): Promise<readonly (TreeRow | undefined)[]> {
			return (await table.getMany(ids.map(treeKey))).map((item) => item && toTreeRow(item));
		},
		/** False when the row exists. */
		create: (row: TreeRow): Promise<boolean> => table.put(toItem(row), { kind: "absent" }),
		/** Puts the row in place of the one that was read; false when that has changed meanwhile. */
		replace: (seen: TreeRow, row: Omit<TreeRow, "id" | "revision">): Promise<boolean> =>
			table.put(toItem({ ...row, id: seen.id, revision: seen.revision + 1 }), {
				kind: "equals",
				attribute: "revision",
				value: seen.revision,
			}),
	};
}

const toItem = (row: TreeRow): Item => ({
	...treeKey(row.id),
	id: row.id,
	revision: row.revision,
	parents: encodeParents(row.parents),
	...(row.into === undefined ? {} : { into: row.into }),
});

function toTreeRow(item: Item): TreeRow {
	const into = readOptionalNumber(item, "into");
	return {
		id: readNumber(item, "id"),
		revision: readNumber(item, "revision"),
		parents: decodeParents(readBytes(item, "parents")),
		...(into === undefined ? {} : { into }),
	};
}
