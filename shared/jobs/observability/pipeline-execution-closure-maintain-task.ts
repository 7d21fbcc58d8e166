/** Adds one execution, and its parent when it has one, to the closure of the execution hierarchy. In any order, any number of times. */
import * as z from "zod/mini";
import { lineage } from "../../catalogue/queues.ts";
import { defineJob, rateLimit, retryPolicy } from "../../job/index.ts";
import { count, executionId } from "./fields.ts";

export const pipelineExecutionClosureMaintainTask = defineJob({
	name: "pipeline_execution_closure_maintain_task",
	description: "Maintains the ancestors and descendants of pipeline executions.",
	queueClass: lineage,
	input: z.strictObject({ execution_id: executionId, parent_id: z.optional(z.nullable(executionId)) }),
	output: z.strictObject({
		execution_id: executionId,
		/** Its ancestors so far: 0 for a root. */
		depth: count,
		descendants: count,
		/** Executions in the whole hierarchy that it belongs to. */
		hierarchy_size: count,
	}),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 30 }),
	rateLimit: rateLimit("10/s"),
});
