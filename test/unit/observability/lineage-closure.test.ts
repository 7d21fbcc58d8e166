/** The closure of small graphs by hand, and of 10,000 addresses by what is known of their shape. */
import { describe, expect, test } from "vitest";
import { decodeDepths, encodeDepths } from "../../../lambdas/jobs/observability/lineage/depth-row.ts";
import { componentsOf, reversed } from "../../../lambdas/jobs/observability/lineage/lineage-graph.ts";
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

describe("a closure", () => {
	test("of a diamond reaches the far end once, by the shortest way", async () => {
		// 1 → 2 → 4, 1 → 3 → 5 → 4
		const { lineage, summary } = await built(
			[
				[1, 2],
				[2, 4],
				[1, 3],
				[3, 5],
				[5, 4],
			],
			[4],
		);
		expect(summary).toEqual({ components: 1, rebuilt: 1, addresses: 5, pairs: 8 });
		expect(await lineage.descendants(1)).toEqual([
			{ address: 2, depth: 1 },
			{ address: 3, depth: 1 },
			{ address: 4, depth: 2 },
			{ address: 5, depth: 2 },
		]);
		expect(await lineage.ancestors(4)).toEqual([
			{ address: 2, depth: 1 },
			{ address: 5, depth: 1 },
			{ address: 1, depth: 2 },
			{ address: 3, depth: 2 },
		]);
		expect(await lineage.descendants(4)).toEqual([]);
	});

	test("of a cycle has every address reach every other, and itself only at depth 0, which is not listed", async () => {
		const { lineage } = await built(
			[
				[1, 2],
				[2, 3],
				[3, 1],
			],
			[1],
		);
		expect(await lineage.descendants(2)).toEqual([
			{ address: 3, depth: 1 },
			{ address: 1, depth: 2 },
		]);
		expect(await lineage.ancestors(2)).toEqual([
			{ address: 1, depth: 1 },
			{ address: 3, depth: 2 },
		]);
	});

	test("leaves out an address that feeds itself", async () => {
		const { lineage, summary } = await built(
			[
				[1, 1],
				[1, 2],
			],
			[1],
		);
		expect(summary.pairs).toBe(1);
		expect(await lineage.descendants(1)).toEqual([{ address: 2, depth: 1 }]);
	});

	test("is built for the parts that hold the given addresses only", async () => {
		const { lineage, summary } = await built(
			[
				[1, 2],
				[11, 12],
			],
			[2, 99],
		);
		expect(summary).toEqual({ components: 1, rebuilt: 1, addresses: 2, pairs: 1 });
		expect(await lineage.descendants(11)).toEqual([]);
	});

	test("follows when two parts become one", async () => {
		const { lineage, store } = await built(
			[
				[1, 2],
				[3, 4],
			],
			[1, 3],
		);
		await lineage.addEdges([{ source: 2, target: 3 }]);
		expect(await lineage.rebuild([2], store.now(), hooks)).toEqual({
			components: 1,
			rebuilt: 1,
			addresses: 4,
			pairs: 6,
		});
		expect(await lineage.descendants(1)).toEqual([
			{ address: 2, depth: 1 },
			{ address: 3, depth: 2 },
			{ address: 4, depth: 3 },
		]);
	});

	test("that is up to date is not built again", async () => {
		const { lineage, store } = await built([[1, 2]], [1]);
		expect(await lineage.rebuild([2], store.now(), hooks)).toEqual({
			components: 1,
			rebuilt: 0,
			addresses: 2,
			pairs: 1,
		});
	});

	test("leaves nothing behind once it was replaced long enough ago", async () => {
		const { store, table, setNow } = setupStore("2026-11-20T09:00:00Z");
		const chunks = () => [...table.items.values()].filter((item) => item.sk === "CHUNK").length;
		await store.lineage.addEdges([{ source: 1, target: 2 }]);
		await store.lineage.rebuild([1], store.now(), hooks);
		await store.lineage.addEdges([{ source: 2, target: 3 }]);
		await store.lineage.rebuild([1], store.now(), hooks);
		expect(chunks()).toBe(4);
		setNow("2026-11-20T09:21:00Z");
		await store.lineage.rebuild([1], store.now(), hooks);
		expect(chunks()).toBe(2);
		expect(await store.lineage.descendants(1)).toHaveLength(2);
	});

	test("ends with the signal's reason when the time is over", async () => {
		const { store } = setupStore();
		await store.lineage.addEdges(chain(3000).map(([source, target]) => ({ source, target })));
		const signal = AbortSignal.abort(new Error("time is over"));
		await expect(store.lineage.rebuild([1], store.now(), { ...hooks, signal })).rejects.toThrow("time is over");
	});

	test("of too many addresses is refused for good", async () => {
		const { store } = setupStore();
		const edges = Array.from({ length: 20_000 }, (_, index) => ({ source: 1, target: index + 2 }));
		await store.lineage.addEdges(edges);
		await expect(store.lineage.rebuild([1], store.now(), hooks)).rejects.toMatchObject({
			errorClass: "validation",
			message:
				"A connected part of the lineage graph has 20001 addresses and 20000 relationships; it may have at most 20000 addresses.",
		});
	});
});

describe("a row of depths", () => {
	test("of even steps is one run: its kind, length, first and step", () => {
		expect([...encodeDepths(Uint32Array.from([1, 2, 3, 4, 5]))]).toEqual([0, 5, 1, 2]);
	});

	test.each([
		["empty", []],
		["one", [7]],
		["none reached", [0, 0, 0]],
		["a gap", [0, 1, 2, 0, 0, 300, 299, 298]],
		["irregular", [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4]],
		["deep and irregular", [1000, 1, 3000, 1, 70_000, 2]],
	])("comes back the same: %s", (_, depths) => {
		expect([...decodeDepths(encodeDepths(Uint32Array.from(depths)), depths.length)]).toEqual(depths);
	});
});

describe("connected parts", () => {
	const edges = new Map([
		[5, new Set([6])],
		[6, new Set([7])],
		[1, new Set([2])],
	]);

	test("are named by their content", () => {
		const [before] = componentsOf(edges, [7]);
		const [same] = componentsOf(new Map([...edges].reverse()), [5]);
		const [after] = componentsOf(new Map([...edges, [7, new Set([5])]]), [5]);
		expect(before?.fingerprint).toBe(same?.fingerprint);
		expect(before?.fingerprint).not.toBe(after?.fingerprint);
	});

	test("turn round", () => {
		const [part] = componentsOf(edges, [5]);
		expect(part?.targets.map((targets) => [...targets])).toEqual([[1], [2], []]);
		expect(reversed(part?.targets ?? []).map((sources) => [...sources])).toEqual([[], [0], [1]]);
	});
});
