/** Judges the metrics of one finished execution against its pipeline's own history. Enqueued by every recorded successful execution. */
import * as z from "zod/mini";
import { observability } from "../../catalogue/queues.ts";
import { defineJob, rateLimit, retryPolicy } from "../../job/index.ts";
import { anomalySchema, metricName } from "./anomaly.ts";
import { count, executionId, pipelineId } from "./fields.ts";

export const detectAnomaliesTask = defineJob({
	name: "detect_anomalies_task",
	description: "Statistical analysis of one pipeline execution's metrics against the pipeline's history.",
	queueClass: observability,
	input: z.strictObject({ pipeline_id: pipelineId, pipeline_execution_id: executionId }),
	output: z.strictObject({
		pipeline_id: pipelineId,
		pipeline_execution_id: executionId,
		/** Earlier successful executions that were compared with. */
		history: count,
		anomalies: z.array(anomalySchema),
		/** Metrics with too few earlier values to be judged. */
		not_judged: z.array(metricName),
	}),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 60 }),
	rateLimit: rateLimit("15/s"),
});
