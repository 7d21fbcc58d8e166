/** Calls side by side, but not more than some at once: a large batch must not open hundreds of connections. */

/** Results in the order of the items. The first rejection rejects, after which no further item is begun. */
export async function inParallel<Item, Result>(
	items: readonly Item[],
	atOnceMax: number,
	perform: (item: Item) => Promise<Result>,
): Promise<Result[]> {
	if (items.length <= atOnceMax) return Promise.all(items.map(perform));
	const results: Result[] = [];
	const todo = items.entries();
	let failed = false;
	const lane = async (): Promise<void> => {
		for (const [index, item] of todo) {
			if (failed) return;
			try {
				results[index] = await perform(item);
			} catch (error) {
				failed = true;
				throw error;
			}
		}
	};
	await Promise.all(Array.from({ length: atOnceMax }, lane));
	return results;
}

/** The items in runs of at most `sizeMax`. */
export function inChunks<Item>(items: readonly Item[], sizeMax: number): Item[][] {
	const chunks: Item[][] = [];
	for (let start = 0; start < items.length; start += sizeMax) chunks.push(items.slice(start, start + sizeMax));
	return chunks;
}
