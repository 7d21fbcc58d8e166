/** The closures on a real table: 10,000 addresses in few requests, and a hierarchy that many workers build at once. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClosureStore } from "../../lambdas/jobs/observability/closure-store.ts";
import { createHierarchyStore } from "../../lambdas/jobs/observability/hierarchy/hierarchy-store.ts";
import { createDynamoTable } from "../../lambdas/jobs/observability/store/dynamo-table.ts";
import { epochMs } from "../../shared/job/index.ts";
import { createApplicationTable, dynamoDbClient, dynamoDbKinds, type Emulator } from "../support/emulators.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const hooks = { signal: new AbortController().signal, onProgress: () => {} };

// The table's contract holds on all of them, so the first that is there will do.
const kind = dynamoDbKinds.find(({ missing }) => missing === undefined);
if (kind !== undefined) {
	describe(`closures on ${kind.name}`, () => {
		let emulator: Emulator;
		let client: ReturnType<typeof dynamoDbClient>;
		let requests = 0;
		beforeAll(async () => {
			emulator = await kind.start();
			client = dynamoDbClient(emulator.endpoint);
			client.middlewareStack.add(
				(next) => (request) => {
					requests++;
					return next(request);
				},
				{ step: "initialize" },
			);
		});
		afterAll(async () => {
			client.destroy();
			await emulator.stop();
		});
		const open = async () => {
			const table = createDynamoTable(client, await createApplicationTable(client));
			return { table, ...createClosureStore(table, () => epochMs(0)) };
		};

		test("10,000 addresses with cycles, diamonds and chains", async () => {
			const { lineage } = await open();
			// A wide layer feeds a chain, whose end feeds a cycle; each tenth link of the chain is a diamond.
			const edges: { source: number; target: number }[] = [];
			const link = (source: number, target: number) => edges.push({ source, target });
			for (let address = 1; address <= 2_000; address++) link(address, 2_001);
			for (let address = 2_001; address < 9_000; address++) link(address, address + 1);
			for (let address = 2_001; address < 8_990; address += 10) link(address, address + 2);
			for (let address = 9_000; address < 10_000; address++) link(address, address + 1);
			link(10_000, 9_000);
			await lineage.addEdges(edges);

			const before = requests;
			const summary = await lineage.rebuild([1], epochMs(0), hooks);
			expect(summary).toMatchObject({ components: 1, rebuilt: 1, addresses: 10_000 });
			// 16 partitions of edges and a few items: not one for each of 50 million pairs.
			expect(requests - before).toBeLessThan(60);

			const reading = requests;
			const descendants = await lineage.descendants(1);
			expect(requests - reading).toBe(2);
			expect(descendants).toHaveLength(8_000);
			// 1 + 6,999 links of the chain less the 699 that diamonds save, then 1,000 round the cycle.
			expect(descendants.at(-1)).toEqual({ address: 10_000, depth: 7_301 });
			expect(await lineage.ancestors(2_001)).toHaveLength(2_000);
			expect(await lineage.ancestors(9_500)).toHaveLength(9_999);
			expect((await lineage.descendants(9_500)).at(-1)).toEqual({ address: 9_499, depth: 1_000 });
		});

		test("a hierarchy of 500 executions, in any order, by 8 workers", async () => {
			const { table, hierarchy } = await open();
			// The parent of n is n / 3, rounded down: six generations.
			const random = createSeededRandom(7);
			const children = Array.from({ length: 499 }, (_, index) => index + 2);
			const queue = children
				.map((execution) => ({ execution, order: random.unit() }))
				.sort((left, right) => left.order - right.order)
				.values();
			const worker = async () => {
				// Its own store, as in a process of its own: one store takes its calls in turn.
				const own = createHierarchyStore(table);
				for (const { execution } of queue) await own.maintain(execution, Math.max(1, Math.floor(execution / 3)));
			};
			await Promise.all(Array.from({ length: 8 }, worker));
			expect(await hierarchy.descendants(1)).toHaveLength(499);
			expect(await hierarchy.ancestors(500)).toEqual([166, 55, 18, 6, 2, 1]);
			expect((await hierarchy.descendants(50)).map(({ execution }) => execution)).toEqual([
				150, 151, 152, 450, 451, 452, 453, 454, 455, 456, 457, 458,
			]);
		});
	});
}
