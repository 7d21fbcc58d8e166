/** Stores lineage relationships and enqueues the rebuild of the closure around them. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import { addressLineageClosureRebuildTask } from "../../../shared/jobs/observability/address-lineage-closure-rebuild-task.ts";
import type { addressLineageRecordTask } from "../../../shared/jobs/observability/address-lineage-record-task.ts";
import type { ClosureStore } from "./closure-store.ts";

export function recordAddressLineage(
	store: Pick<ClosureStore, "lineage">,
): JobImplementation<typeof addressLineageRecordTask> {
	return async ({ pipeline_id, edges }, context) => {
		await store.lineage.addEdges(edges);
		// The sources suffice: each target is connected with one by now.
		const connected_addresses = [...new Set(edges.map(({ source }) => source))];
		const rebuild_run_id = context.enqueue(addressLineageClosureRebuildTask, { connected_addresses, pipeline_id });
		return { recorded: edges.length, rebuild_run_id };
	};
}
