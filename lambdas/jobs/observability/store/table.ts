/**
 * What the family needs of a table with a partition key `pk` and a sort key `sk`: little enough that a memory one is a page long.
 * Reads are strongly consistent. A refused condition is an answer (`false`), not an error.
 * Every method throws JobError `database` when the table can't be reached or refuses the request.
 */
export type Attribute = string | number | Uint8Array | ReadonlySet<number>;

export interface Key {
	readonly pk: string;
	readonly sk: string;
}

export interface Item extends Key {
	readonly [attribute: string]: Attribute;
}

/** Under which condition a write may happen. */
export type Condition =
	/** There is no item under the key. */
	| { readonly kind: "absent" }
	/** The item is there and the attribute has this value. */
	| { readonly kind: "equals"; readonly attribute: string; readonly value: string | number }
	/** The attribute is absent or less than the value. */
	| { readonly kind: "below"; readonly attribute: string; readonly value: number };

export interface RangeQuery {
	readonly pk: string;
	/** Sort keys from here on, inclusive. Default the first. */
	readonly from?: string;
	/** Sort keys up to here, inclusive. Default the last. */
	readonly to?: string;
	/** Highest sort key first. Default lowest first. */
	readonly descending?: boolean;
	/** At most this many. Default all. */
	readonly limit?: number;
}

export interface Table {
	/** In the order of the keys; `undefined` where there is none. */
	getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]>;
	query(range: RangeQuery): Promise<readonly Item[]>;
	/** Replaces the whole item. */
	put(item: Item, condition?: Condition): Promise<boolean>;
	/** Sets these attributes and leaves the others; makes the item when there is none. */
	set(key: Key, attributes: Readonly<Record<string, Attribute>>, condition?: Condition): Promise<boolean>;
	/** Adds numbers to a set attribute; makes item and attribute when there are none. */
	addToSet(key: Key, attribute: string, values: readonly number[]): Promise<void>;
	/** In no order and not as one: an error may leave some of them done. A key stands at most once in both lists together. */
	writeMany(writes: { readonly puts?: readonly Item[]; readonly deletes?: readonly Key[] }): Promise<void>;
}
