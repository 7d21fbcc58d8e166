/** The closure of 10,000 addresses, by what is known of the shape of each graph. Seconds each: all pairs are walked. */
import { describe, expect, test } from "vitest";
import { setupStore } from "../../support/observability/setup-store.ts";

type EdgeList = readonly (readonly [number, number])[];

const hooks = { signal: new AbortController().signal, onProgress: () => {} };

/** A store that holds these relationships, with the closure built around the given addresses. */
async function built(edges: EdgeList, seeds: readonly number[]) {
	const { store, table } = setupStore();
	await store.lineage.addEdges(edges.map(([source, target]) => ({ source, target })));
	const summary = await store.lineage.rebuild(seeds, store.now(), hooks);
	return { lineage: store.lineage, summary, table, store };
}

const chain = (length: number): EdgeList => Array.from({ length: length - 1 }, (_, index) => [index + 1, index + 2]);

describe("10,000 addresses", () => {
	test("in a chain: 49,995,000 pairs in two items", async () => {
		const { lineage, summary, table } = await built(chain(10_000), [5_000]);
		expect(summary).toEqual({ components: 1, rebuilt: 1, addresses: 10_000, pairs: 49_995_000 });
		const descendants = await lineage.descendants(1);
		expect(descendants).toHaveLength(9_999);
		expect(descendants.at(-1)).toEqual({ address: 10_000, depth: 9_999 });
		expect(await lineage.descendants(9_999)).toEqual([{ address: 10_000, depth: 1 }]);
		expect((await lineage.ancestors(10_000)).at(-1)).toEqual({ address: 1, depth: 9_999 });
		expect([...table.items.values()].filter((item) => item.sk === "CHUNK")).toHaveLength(2);
	});

	test("in one cycle: each reaches all others", async () => {
		const { lineage, summary } = await built([...chain(10_000), [10_000, 1]], [1]);
		expect(summary.pairs).toBe(99_990_000);
		expect((await lineage.descendants(5_000)).at(-1)).toEqual({ address: 4_999, depth: 9_999 });
		expect((await lineage.ancestors(5_000)).at(-1)).toEqual({ address: 5_001, depth: 9_999 });
	});

	test("in a row of diamonds", async () => {
		// 1 → 2, 3 → 4 → 5, 6 → 7 … : every third address is a joint.
		const edges = Array.from({ length: 3_333 }, (_, index) => 3 * index + 1).flatMap((joint): [number, number][] => [
			[joint, joint + 1],
			[joint, joint + 2],
			[joint + 1, joint + 3],
			[joint + 2, joint + 3],
		]);
		const { lineage, summary } = await built(edges, [7]);
		expect(summary.addresses).toBe(10_000);
		const descendants = await lineage.descendants(1);
		expect(descendants).toHaveLength(9_999);
		expect(descendants.at(-1)).toEqual({ address: 10_000, depth: 6_666 });
		expect((await lineage.ancestors(3)).map(({ address }) => address)).toEqual([1]);
		expect(await lineage.ancestors(10_000)).toHaveLength(9_999);
	});
});
