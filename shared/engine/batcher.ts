/**
 * Turns single calls into batch calls, like a group commit: what is added within a short while goes out together.
 * Promises: results reach their callers in order; no two items of one batch share a key (the later one waits for the next batch);
 * a batch that throws rejects exactly its own callers.
 */

import { invariant } from "../kernel/errors.ts";

export interface BatcherOptions<Item, Result> {
	readonly send: (items: readonly Item[]) => Promise<readonly Result[]>;
	/** Items with the same key are never under way together. Default: no two items share one. */
	readonly keyOf?: (item: Item) => string;
	readonly itemsMax: number;
	/** How long the first item of a batch waits for company; called once per batch. Resolve at once to send what one tick brought. */
	readonly linger: () => Promise<void>;
}

export interface Batcher<Item, Result> {
	add(item: Item): Promise<Result>;
	/** Sends what is waiting without lingering further: the caller knows that no more is coming soon. */
	flush(): void;
}

interface Waiting<Item, Result> {
	readonly item: Item;
	readonly key: string | undefined;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
	let waiting: Waiting<Item, Result>[] = [];
	const keysUnderWay = new Set<string>();
	let lingering = false;

	function takeBatch(): readonly Waiting<Item, Result>[] {
		const batch: Waiting<Item, Result>[] = [];
		waiting = waiting.filter((entry) => {
			const { key } = entry;
			if (batch.length === options.itemsMax || (key !== undefined && keysUnderWay.has(key))) return true;
			if (key !== undefined) keysUnderWay.add(key);
			batch.push(entry);
			return false;
		});
		return batch;
	}

	async function sendBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
		try {
			const results = await options.send(batch.map((entry) => entry.item));
			invariant(results.length === batch.length, "a batch call returns one result per item");
			batch.forEach((entry, index) => {
				entry.resolve(results[index] as Result);
			});
		} catch (error) {
			for (const entry of batch) entry.reject(error);
		}
		for (const { key } of batch) if (key !== undefined) keysUnderWay.delete(key);
		// What shared a key with this batch could not go beside it.
		if (waiting.length > 0) flush();
	}

	function flush(): void {
		lingering = false;
		for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) void sendBatch(batch);
	}

	return {
		add(item) {
			return new Promise<Result>((resolve, reject) => {
				waiting.push({ item, key: options.keyOf?.(item), resolve, reject });
				if (waiting.length >= options.itemsMax) flush();
				else if (!lingering) {
					lingering = true;
					void options.linger().then(() => {
						if (lingering) flush();
					});
				}
			});
		},
		flush,
	};
}
