/** Records lineage relationships that a pipeline made, and has the closure rebuilt. Ours: Watcher wrote them in its web request. */
import * as z from "zod/mini";
import { lineage } from "../../catalogue/queues.ts";
import { defineJob, retryPolicy } from "../../job/index.ts";
import { addressId, count, pipelineId } from "./fields.ts";

export const addressLineageRecordTask = defineJob({
	name: "address_lineage_record_task",
	description: "Records that data flows from some addresses to others; the lineage closure follows.",
	queueClass: lineage,
	input: z.strictObject({
		pipeline_id: pipelineId,
		edges: z
			.array(z.strictObject({ source: addressId, target: addressId }))
			.check(z.minLength(1), z.maxLength(5_000), z.describe("Data flows from source to target. 1 to 5000.")),
	}),
	output: z.strictObject({ recorded: count, rebuild_run_id: z.string() }),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 60 }),
	enqueues: ["address_lineage_closure_rebuild_task"],
});
