/** Brings the lineage closure around some addresses up to date with the relationships recorded so far. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import type { addressLineageClosureRebuildTask } from "../../../shared/jobs/observability/address-lineage-closure-rebuild-task.ts";
import type { ClosureStore } from "./closure-store.ts";

export function rebuildAddressLineageClosure(
	store: Pick<ClosureStore, "lineage" | "now">,
): JobImplementation<typeof addressLineageClosureRebuildTask> {
	return async ({ connected_addresses, pipeline_id }, context) => {
		context.progress({ status: "Rebuilding the lineage closure…", current_step: "Reading relationships", progress: 0 });
		const summary = await store.lineage.rebuild(connected_addresses, store.now(), {
			signal: context.signal,
			onProgress: (share) => context.progress({ current_step: "Building", progress: Math.floor(share * 100) }),
		});
		return { pipeline_id, ...summary };
	};
}
