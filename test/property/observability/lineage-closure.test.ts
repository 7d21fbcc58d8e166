/** Whatever the graph and the order in which it becomes known: the closure equals the one by definition, incremental equals rebuilt. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeDepths, encodeDepths } from "../../../lambdas/jobs/observability/lineage/depth-row.ts";
import { setupStore } from "../../support/observability/setup-store.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

const address = fc.integer({ min: 1, max: 14 });
const graph = fc.array(fc.tuple(address, address), { minLength: 1, maxLength: 40 });
type Graph = readonly (readonly [number, number])[];

const hooks = { signal: new AbortController().signal, onProgress: () => {} };

/** Depths of all pairs by Floyd and Warshall: another algorithm than the one under test. */
function closureByDefinition(edges: Graph): readonly string[] {
	const nodes = [...new Set(edges.flat())];
	const depth = new Map<string, number>();
	const between = (from: number, to: number): number =>
		from === to ? 0 : (depth.get(`${from} ${to}`) ?? Number.POSITIVE_INFINITY);
	for (const [from, to] of edges) if (from !== to) depth.set(`${from} ${to}`, 1);
	for (const middle of nodes) {
		for (const from of nodes) {
			for (const to of nodes) {
				const through = between(from, middle) + between(middle, to);
				if (through < between(from, to)) depth.set(`${from} ${to}`, through);
			}
		}
	}
	return [...depth].map(([pair, steps]) => `${pair} ${steps}`).sort();
}

async function closureOf(store: ReturnType<typeof setupStore>["store"], edges: Graph) {
	const nodes = [...new Set(edges.flat())];
	const down = await Promise.all(
		nodes.map(async (from) =>
			(await store.lineage.descendants(from)).map(({ address: to, depth }) => `${from} ${to} ${depth}`),
		),
	);
	const up = await Promise.all(
		nodes.map(async (to) =>
			(await store.lineage.ancestors(to)).map(({ address: from, depth }) => `${from} ${to} ${depth}`),
		),
	);
	return { down: down.flat().sort(), up: up.flat().sort() };
}

test("rebuilt after every relationship, in any order and repeatedly, it is the closure of all", async () => {
	await fc.assert(
		fc.asyncProperty(graph, async (edges) => {
			const { store } = setupStore();
			for (const [source, target] of [...edges, ...edges.slice(0, 3)]) {
				await store.lineage.addEdges([{ source, target }]);
				await store.lineage.rebuild([source], store.now(), hooks);
			}
			const expected = closureByDefinition(edges);
			const { down, up } = await closureOf(store, edges);
			expect(down).toEqual(expected);
			expect(up).toEqual(expected);

			const { store: fresh } = setupStore();
			await fresh.lineage.addEdges(edges.map(([source, target]) => ({ source, target })));
			await fresh.lineage.rebuild(edges.flat(), fresh.now(), hooks);
			expect((await closureOf(fresh, edges)).down).toEqual(down);
		}),
		{ numRuns: 60 },
	);
});

test("rebuilt by several workers at once it is still the closure of all", async () => {
	await fc.assert(
		fc.asyncProperty(graph, fc.nat(), async (edges, seed) => {
			const random = createSeededRandom(seed);
			const pause = async (): Promise<void> => {
				for (let turns = Math.floor(random.unit() * 4); turns > 0; turns--) await Promise.resolve();
			};
			const { store } = setupStore("2026-11-20T09:00:00Z", pause);
			const queue = edges.values();
			const worker = async (): Promise<void> => {
				for (const [source, target] of queue) {
					await store.lineage.addEdges([{ source, target }]);
					// A loser of five rounds fails and is retried, as the platform would.
					for (let done = false; !done; ) {
						done = await store.lineage.rebuild([source], store.now(), hooks).then(
							() => true,
							() => false,
						);
					}
				}
			};
			await Promise.all([worker(), worker(), worker()]);
			expect((await closureOf(store, edges)).down).toEqual(closureByDefinition(edges));
		}),
		{ numRuns: 60 },
	);
});

test("rows of depths come back as they were", () => {
	const depth = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 100_000 }));
	fc.assert(
		fc.property(fc.array(depth, { maxLength: 300 }), (depths) => {
			expect([...decodeDepths(encodeDepths(Uint32Array.from(depths)), depths.length)]).toEqual(depths);
		}),
	);
});
