import { describe, expect, it } from "vitest";
import { createBatcher } from "../../../shared/engine/batcher.ts";

function setup(options: { itemsMax?: number; fail?: (items: readonly string[]) => boolean } = {}) {
	const batches: (readonly string[])[] = [];
	const batcher = createBatcher<string, string>({
		send: async (items) => {
			batches.push(items);
			if (options.fail?.(items)) throw new Error(`refused ${items.join()}`);
			return items.map((item) => item.toUpperCase());
		},
		keyOf: (item) => item[0] ?? "",
		itemsMax: options.itemsMax ?? 25,
		linger: async () => {},
	});
	return { batcher, batches };
}

describe("createBatcher", () => {
	it("sends what one tick brought together, and answers each caller with its own result", async () => {
		const { batcher, batches } = setup();
		expect(await Promise.all(["a", "b", "c"].map((item) => batcher.add(item)))).toEqual(["A", "B", "C"]);
		expect(batches).toEqual([["a", "b", "c"]]);
	});

	it("sends a full batch at once and the rest after it", async () => {
		const { batcher, batches } = setup({ itemsMax: 2 });
		await Promise.all(["a", "b", "c"].map((item) => batcher.add(item)));
		expect(batches).toEqual([["a", "b"], ["c"]]);
	});

	it("never puts two items of one key into one batch, or beside one that is under way", async () => {
		const { batcher, batches } = setup({ itemsMax: 3 });
		expect(await Promise.all(["a1", "a2", "b1", "a3", "b2"].map((item) => batcher.add(item)))).toEqual([
			"A1",
			"A2",
			"B1",
			"A3",
			"B2",
		]);
		expect(batches).toEqual([["a1", "b1"], ["a2", "b2"], ["a3"]]);
	});

	it("rejects exactly the callers of a batch that failed", async () => {
		const { batcher } = setup({ itemsMax: 1, fail: (items) => items.includes("b") });
		const results = await Promise.allSettled(["a", "b", "c"].map((item) => batcher.add(item)));
		expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
	});

	it("sends without lingering when told to", () => {
		const { batcher, batches } = setup();
		void batcher.add("a");
		batcher.flush();
		expect(batches).toEqual([["a"]]);
	});
});
