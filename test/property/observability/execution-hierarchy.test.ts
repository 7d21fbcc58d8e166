/** Whatever the hierarchy and the order, repetition and concurrency of its relationships: ancestors and descendants are those of all. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeParents, encodeParents } from "../../../lambdas/jobs/observability/hierarchy/forest.ts";
import { createHierarchyStore } from "../../../lambdas/jobs/observability/hierarchy/hierarchy-store.ts";
import { setupStore } from "../../support/observability/setup-store.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

/** Relationships [child, parent] of a forest: each execution's parent is an earlier one or none; ids are scattered and the order is any. */
const forest = fc
	.array(fc.nat(), { minLength: 2, maxLength: 25 })
	.chain((picks) =>
		fc.record({
			ids: fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: picks.length, maxLength: picks.length }),
			picks: fc.constant(picks),
		}),
	)
	.map(({ ids, picks }) =>
		picks.flatMap((pick, index): (readonly [number, number])[] => {
			const child = ids[index];
			const parent = ids[pick % (index + 1)];
			return child === undefined || parent === undefined || child === parent ? [] : [[child, parent]];
		}),
	)
	.chain((relationships) => fc.shuffledSubarray(relationships, { minLength: relationships.length }));
type Forest = readonly (readonly [number, number])[];

/** By the definition: parents of parents, one after the other. */
function ancestorsByDefinition(relationships: Forest, execution: number): readonly number[] {
	const found = relationships.find(([child]) => child === execution);
	return found === undefined ? [] : [found[1], ...ancestorsByDefinition(relationships, found[1])];
}

async function expectClosure(store: ReturnType<typeof setupStore>["store"], relationships: Forest): Promise<void> {
	const executions = [...new Set(relationships.flat())];
	for (const execution of executions) {
		expect(await store.hierarchy.ancestors(execution)).toEqual(ancestorsByDefinition(relationships, execution));
		const descendants = executions.flatMap((other) => {
			const depth = ancestorsByDefinition(relationships, other).indexOf(execution) + 1;
			return depth === 0 ? [] : [{ execution: other, depth }];
		});
		const byDepth = descendants.sort((left, right) => left.depth - right.depth || left.execution - right.execution);
		expect(await store.hierarchy.descendants(execution)).toEqual(byDepth);
	}
}

test("maintained one by one, in any order and repeatedly", async () => {
	await fc.assert(
		fc.asyncProperty(forest, async (relationships) => {
			const { store } = setupStore();
			for (const [child, parent] of [...relationships, ...relationships.slice(0, 5)]) {
				await store.hierarchy.maintain(child, parent);
			}
			await expectClosure(store, relationships);
		}),
		{ numRuns: 100 },
	);
});

test("maintained by many workers at once, with every message twice", async () => {
	await fc.assert(
		fc.asyncProperty(forest, fc.nat(), async (relationships, seed) => {
			const random = createSeededRandom(seed);
			const pause = async (): Promise<void> => {
				for (let turns = Math.floor(random.unit() * 4); turns > 0; turns--) await Promise.resolve();
			};
			const { store, table } = setupStore("2026-11-20T09:00:00Z", pause);
			const queue = [...relationships, ...relationships].values();
			// One store each, as in processes of their own: one store takes its calls in turn.
			const worker = async (): Promise<void> => {
				const own = createHierarchyStore(table);
				for (const [child, parent] of queue) await own.maintain(child, parent);
			};
			await Promise.all(Array.from({ length: 6 }, worker));
			await expectClosure(store, relationships);
		}),
		{ numRuns: 60 },
	);
});

test("maintained although workers die at any request, when their messages come again", async () => {
	await fc.assert(
		fc.asyncProperty(forest, fc.nat(), async (relationships, seed) => {
			const random = createSeededRandom(seed);
			let deadly = true;
			const pause = async (): Promise<void> => {
				if (deadly && random.unit() < 0.15) throw new Error("the worker died");
			};
			const { store } = setupStore("2026-11-20T09:00:00Z", pause);
			for (const [child, parent] of relationships) await store.hierarchy.maintain(child, parent).catch(() => {});
			deadly = false;
			for (const [child, parent] of relationships) await store.hierarchy.maintain(child, parent);
			await expectClosure(store, relationships);
		}),
		{ numRuns: 60 },
	);
});

test("bytes of a hierarchy come back as it was", () => {
	const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
	fc.assert(
		fc.property(fc.array(fc.tuple(id, fc.oneof(fc.constant(0), id)), { maxLength: 100 }), (entries) => {
			const parents = new Map(entries.filter(([child, parent]) => child !== parent));
			expect(decodeParents(encodeParents(parents))).toEqual(parents);
		}),
	);
});
