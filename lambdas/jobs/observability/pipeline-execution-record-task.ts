/** Records an execution and the changes it made to tables, and enqueues what follows from it. */
import { type EpochMs, epochMs, JobError, type JobImplementation, parseIso } from "../../../shared/job/index.ts";
import { detectAnomaliesTask } from "../../../shared/jobs/observability/detect-anomalies-task.ts";
import type { ChangeKind } from "../../../shared/jobs/observability/fields.ts";
import { pipelineExecutionClosureMaintainTask } from "../../../shared/jobs/observability/pipeline-execution-closure-maintain-task.ts";
import type { pipelineExecutionRecordTask } from "../../../shared/jobs/observability/pipeline-execution-record-task.ts";
import type { MonitoringStore } from "./monitoring-store.ts";
import { defaultAnomalySettings } from "./store/pipelines.ts";

export function recordPipelineExecution(store: MonitoringStore): JobImplementation<typeof pipelineExecutionRecordTask> {
	return async (input, context) => {
		const { pipeline_id, pipeline_execution_id, status } = input;
		const execution = {
			execution: pipeline_execution_id,
			pipeline: pipeline_id,
			startedAt: instantOf(input.started_at),
		};

		let anomalyDelaySeconds: number | undefined;
		if (status === "running" || input.ended_at === undefined) {
			await store.executions.record({ ...execution, status: "running" });
		} else {
			const endedAt = instantOf(input.ended_at);
			// Awaited together: one left alone while the other fails would end the process with its own failure.
			const [settings] = await Promise.all([
				status === "success" ? store.pipelines.find(pipeline_id) : undefined,
				store.executions.record({ ...execution, status, endedAt, metrics: input.metrics }),
			]);
			const changes = (input.tables ?? []).flatMap(({ table, inserted, updated, soft_deleted }) => {
				const rows: readonly [ChangeKind, number][] = [
					["insert", inserted ?? 0],
					["update", updated ?? 0],
					["soft-delete", soft_deleted ?? 0],
				];
				return rows.filter(([, count]) => count > 0).map(([kind]) => ({ table, kind }));
			});
			// A wrong date must not keep a table fresh until then.
			const changedAt = epochMs(Math.min(endedAt, store.now()));
			for (const { table, kind } of changes) await store.tables.changed(table, kind, changedAt);
			const anomaly = settings?.anomaly ?? defaultAnomalySettings;
			if (status === "success") anomalyDelaySeconds = anomaly.delay_seconds;
		}

		const parent = input.parent_id ?? undefined;
		return {
			pipeline_id,
			pipeline_execution_id,
			...(anomalyDelaySeconds === undefined
				? {}
				: {
						anomaly_check: context.enqueue(
							detectAnomaliesTask,
							{ pipeline_id, pipeline_execution_id },
							// One check per execution, however often it is recorded.
							{ key: `${pipeline_id}:${pipeline_execution_id}`, delaySeconds: anomalyDelaySeconds },
						),
					}),
			...(parent === undefined
				? {}
				: {
						closure_maintenance: context.enqueue(pipelineExecutionClosureMaintainTask, {
							execution_id: pipeline_execution_id,
							parent_id: parent,
						}),
					}),
		};
	};
}

/** The schema has let through only texts that name an instant. */
function instantOf(text: string): EpochMs {
	const instant = parseIso(text);
	if (instant === undefined) throw new JobError("validation", `"${text}" is no ISO 8601 instant.`);
	return instant;
}
