/** The two closure jobs and the recording of lineage, called as the engine calls them. */
import { describe, expect, test } from "vitest";
import { rebuildAddressLineageClosure } from "../../../lambdas/jobs/observability/address-lineage-closure-rebuild-task.ts";
import { recordAddressLineage } from "../../../lambdas/jobs/observability/address-lineage-record-task.ts";
import { maintainPipelineExecutionClosure } from "../../../lambdas/jobs/observability/pipeline-execution-closure-maintain-task.ts";
import { recordContext } from "../../support/job-context.ts";
import { setupStore } from "../../support/observability/setup-store.ts";

describe("address_lineage_closure_rebuild_task", () => {
	test("follows the recording of relationships, and tells what it built", async () => {
		const { store } = setupStore();
		const { context, enqueued } = recordContext();
		const edges = [
			{ source: 1, target: 2 },
			{ source: 2, target: 3 },
			{ source: 1, target: 3 },
		];
		expect(await recordAddressLineage(store)({ pipeline_id: 5, edges }, context)).toEqual({
			recorded: 3,
			rebuild_run_id: "enqueued-1",
		});
		const input = { connected_addresses: [1, 2], pipeline_id: 5 };
		expect(enqueued).toEqual([{ job: "address_lineage_closure_rebuild_task", input, key: undefined, delaySeconds: 0 }]);
		expect(await rebuildAddressLineageClosure(store)(input, context)).toEqual({
			pipeline_id: 5,
			components: 1,
			rebuilt: 1,
			addresses: 3,
			pairs: 3,
		});
		expect(await store.lineage.descendants(1)).toEqual([
			{ address: 2, depth: 1 },
			{ address: 3, depth: 1 },
		]);
	});

	test("has nothing to build around addresses without relationships", async () => {
		const { store } = setupStore();
		const rebuild = rebuildAddressLineageClosure(store);
		expect(await rebuild({ connected_addresses: [1, 2, 3], pipeline_id: 1 }, recordContext().context)).toEqual({
			pipeline_id: 1,
			components: 0,
			rebuilt: 0,
			addresses: 0,
			pairs: 0,
		});
	});
});

describe("pipeline_execution_closure_maintain_task", () => {
	function setup() {
		const world = setupStore();
		const maintain = (execution_id: number, parent_id?: number) =>
			maintainPipelineExecutionClosure(world.store)(
				{ execution_id, ...(parent_id === undefined ? {} : { parent_id }) },
				recordContext().context,
			);
		return { ...world, maintain };
	}

	test("puts an execution under its parent", async () => {
		const { maintain, store } = setup();
		expect(await maintain(1)).toEqual({ execution_id: 1, depth: 0, descendants: 0, hierarchy_size: 1 });
		expect(await maintain(2, 1)).toEqual({ execution_id: 2, depth: 1, descendants: 0, hierarchy_size: 2 });
		expect(await maintain(3, 2)).toEqual({ execution_id: 3, depth: 2, descendants: 0, hierarchy_size: 3 });
		expect(await store.hierarchy.ancestors(3)).toEqual([2, 1]);
		expect(await store.hierarchy.descendants(1)).toEqual([
			{ execution: 2, depth: 1 },
			{ execution: 3, depth: 2 },
		]);
	});

	test("takes children before their parents", async () => {
		const { maintain, store } = setup();
		await maintain(4, 3);
		await maintain(3, 2);
		expect(await maintain(2, 1)).toEqual({ execution_id: 2, depth: 1, descendants: 2, hierarchy_size: 4 });
		expect(await store.hierarchy.ancestors(4)).toEqual([3, 2, 1]);
	});

	test("changes nothing when it is repeated", async () => {
		const { maintain, table } = setup();
		await maintain(2, 1);
		const before = [...table.items.values()];
		await maintain(2, 1);
		expect([...table.items.values()]).toEqual(before);
	});

	test.each([
		["its own parent", 2, 2, "Execution 2 can't be its own parent."],
		[
			"a descendant as its parent",
			1,
			3,
			"Execution 1 can't have parent 3, which is itself or one of its descendants: that would be a cycle.",
		],
		["a second parent", 3, 1, "Execution 3 has parent 2 already; got parent 1. An execution has one parent."],
	])("refuses %s for good", async (_, execution, parent, message) => {
		const { maintain } = setup();
		await maintain(2, 1);
		await maintain(3, 2);
		await expect(maintain(execution, parent)).rejects.toMatchObject({
			errorClass: "validation",
			retryable: undefined,
			message,
		});
	});

	test("needs four requests at most for a new leaf, however deep", async () => {
		const { maintain, table } = setup();
		for (let execution = 2; execution <= 200; execution++) await maintain(execution, execution - 1);
		const before = table.requests;
		expect(await maintain(201, 200)).toEqual({ execution_id: 201, depth: 200, descendants: 0, hierarchy_size: 201 });
		expect(table.requests - before).toBeLessThanOrEqual(4);
	});

	test("keeps the way short when each parent comes after its child", async () => {
		const { maintain, store, table } = setup();
		for (let execution = 1000; execution >= 2; execution--) await maintain(execution, execution - 1);
		const before = table.requests;
		expect(await store.hierarchy.ancestors(1000)).toHaveLength(999);
		expect(table.requests - before).toBeLessThanOrEqual(20);
	});
});
