/**
 * Records one execution of a pipeline. Ours: Watcher did it in its web request. A successful one has its anomalies checked, and one
 * with a parent joins the hierarchy. Send it with status `running` at the start and once more at the end, or only at the end.
 */
import * as z from "zod/mini";
import { observability } from "../../catalogue/queues.ts";
import { defineJob, parseIso, retryPolicy } from "../../job/index.ts";
import { metricName } from "./anomaly.ts";
import { count, executionId, instant, pipelineId, tableName } from "./fields.ts";

export const executionStatuses = ["running", "success", "failure", "cancelled"] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export const METRICS_MAX = 50;

export const pipelineExecutionRecordTask = defineJob({
	name: "pipeline_execution_record_task",
	description: "Records one pipeline execution with its metrics; a successful one is checked for anomalies.",
	queueClass: observability,
	input: z
		.strictObject({
			pipeline_id: pipelineId,
			pipeline_execution_id: executionId,
			started_at: instant,
			ended_at: z.optional(instant),
			status: z.enum(executionStatuses),
			metrics: z._default(
				z
					.record(metricName, z.number())
					.check(
						z.refine((metrics) => Object.keys(metrics).length <= METRICS_MAX, `must be at most ${METRICS_MAX} metrics`),
					),
				{},
			),
			parent_id: z.optional(z.nullable(executionId)),
			/** Rows changed, per table. A kind that changed none says nothing about freshness. */
			tables: z.optional(
				z
					.array(
						z.strictObject({
							table: tableName,
							inserted: z.optional(count),
							updated: z.optional(count),
							soft_deleted: z.optional(count),
						}),
					)
					.check(z.maxLength(100)),
			),
		})
		.check(
			z.refine((input) => (input.status === "running") === (input.ended_at === undefined), {
				error: "must be given exactly when status is not running",
				path: ["ended_at"],
			}),
			z.refine(
				(input) => input.ended_at === undefined || (parseIso(input.started_at) ?? 0) <= (parseIso(input.ended_at) ?? 0),
				{
					error: "must not be before started_at",
					path: ["ended_at"],
				},
			),
		),
	output: z.strictObject({
		pipeline_id: pipelineId,
		pipeline_execution_id: executionId,
		/** Run id of the anomaly check that follows; absent when none does. */
		anomaly_check: z.optional(z.string()),
		/** Run id of the hierarchy's maintenance; absent when there is no parent. */
		closure_maintenance: z.optional(z.string()),
	}),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 60 }),
	enqueues: ["detect_anomalies_task", "pipeline_execution_closure_maintain_task"],
});
