/** The table port in memory. Copies what goes in and out, and gives way before each step, so that concurrent callers interleave. */
import type { Condition, Item, Key, Table } from "../../../lambdas/jobs/observability/store/table.ts";

export interface MemoryTable extends Table {
	/** All items by key. */
	readonly items: ReadonlyMap<string, Item>;
	/** Requests so far, batches counted as one. */
	readonly requests: number;
}

/** @param pause awaited before each request: lets a test choose how callers interleave. */
export function createMemoryTable(pause: () => Promise<void> = async () => {}): MemoryTable {
	const items = new Map<string, Item>();
	let requests = 0;
	const keyText = (key: Key): string => `${key.pk}\n${key.sk}`;
	const request = async (): Promise<void> => {
		requests++;
		await pause();
	};
	const holds = (key: Key, condition: Condition | undefined): boolean => {
		const item = items.get(keyText(key));
		switch (condition?.kind) {
			case undefined:
				return true;
			case "absent":
				return item === undefined;
			case "equals":
				return item?.[condition.attribute] === condition.value;
			case "below": {
				const value = item?.[condition.attribute];
				return value === undefined || (typeof value === "number" && value < condition.value);
			}
		}
	};
	return {
		items,
		get requests() {
			return requests;
		},
		async getMany(keys) {
			await request();
			return keys.map((key) => items.get(keyText(key)));
		},
		async query({ pk, from, to, descending, limit }) {
			await request();
			const found = [...items.values()]
				.filter(
					(item) => item.pk === pk && (from === undefined || item.sk >= from) && (to === undefined || item.sk <= to),
				)
				.sort((left, right) => (left.sk < right.sk ? -1 : 1));
			return (descending ? found.reverse() : found).slice(0, limit);
		},
		async put(item, condition) {
			await request();
			if (!holds(item, condition)) return false;
			items.set(keyText(item), { ...item });
			return true;
		},
		async set(key, attributes, condition) {
			await request();
			if (!holds(key, condition)) return false;
			items.set(keyText(key), { ...items.get(keyText(key)), ...attributes, pk: key.pk, sk: key.sk });
			return true;
		},
		async addToSet(key, attribute, values) {
			await request();
			const before = items.get(keyText(key));
			const known = before?.[attribute];
			const set = new Set([...(known instanceof Set ? known : []), ...values]);
			items.set(keyText(key), { ...before, pk: key.pk, sk: key.sk, [attribute]: set });
		},
		async writeMany({ puts = [], deletes = [] }) {
			await request();
			for (const item of puts) items.set(keyText(item), { ...item });
			for (const key of deletes) items.delete(keyText(key));
		},
	};
}
