/** Puts an execution under its parent in the closure of the hierarchy. */
import { JobError, type JobImplementation } from "../../../shared/job/index.ts";
import type { pipelineExecutionClosureMaintainTask } from "../../../shared/jobs/observability/pipeline-execution-closure-maintain-task.ts";
import type { ClosureStore } from "./closure-store.ts";
import { ancestorsOf, descendantsOf } from "./hierarchy/forest.ts";

export function maintainPipelineExecutionClosure(
	store: Pick<ClosureStore, "hierarchy">,
): JobImplementation<typeof pipelineExecutionClosureMaintainTask> {
	return async (input) => {
		const { execution_id } = input;
		const parent = input.parent_id ?? undefined;
		if (parent === execution_id) {
			throw new JobError("validation", `Execution ${execution_id} can't be its own parent.`);
		}
		const parents = await store.hierarchy.maintain(execution_id, parent);
		const ancestors = ancestorsOf(parents, execution_id);
		const root = ancestors.at(-1) ?? execution_id;
		const descendants = descendantsOf(parents, execution_id);
		return {
			execution_id,
			depth: ancestors.length,
			descendants: descendants.length,
			hierarchy_size: 1 + (root === execution_id ? descendants : descendantsOf(parents, root)).length,
		};
	};
}
