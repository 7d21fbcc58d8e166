/** Reads an execution with its pipeline's history, judges each metric, and keeps what it finds. Two requests when there is nothing to keep. */
import { JobError, type JobImplementation, skip } from "../../../shared/job/index.ts";
import type { Anomaly } from "../../../shared/jobs/observability/anomaly.ts";
import type { detectAnomaliesTask } from "../../../shared/jobs/observability/detect-anomalies-task.ts";
import { judgeMetric } from "./anomaly-detection.ts";
import type { MonitoringStore } from "./monitoring-store.ts";
import { defaultAnomalySettings } from "./store/pipelines.ts";

export function detectAnomalies(store: MonitoringStore): JobImplementation<typeof detectAnomaliesTask> {
	return async (input, context) => {
		const { pipeline_id, pipeline_execution_id } = input;
		context.progress({ status: "Processing anomaly detection…", current_step: "Reading the history", progress: 10 });
		const { record, pipeline } = await store.executions.findWithPipeline(pipeline_execution_id, pipeline_id);
		// Whoever sends this message beside the one that records the execution may be ahead of it: worth the retries.
		if (record === undefined) throw notYet(`Execution ${pipeline_execution_id} is not recorded (yet).`);
		if (record.pipeline !== pipeline_id) {
			throw new JobError(
				"validation",
				`Execution ${pipeline_execution_id} belongs to pipeline ${record.pipeline}; got pipeline_id ${pipeline_id}.`,
			);
		}
		if (record.status === "running") throw notYet(`Execution ${pipeline_execution_id} still runs.`);
		if (record.status !== "success") {
			return skip(`Execution ${pipeline_execution_id} ended as ${record.status}; only successful ones are judged.`);
		}

		const settings = pipeline?.anomaly ?? defaultAnomalySettings;
		const { own, earlier } = await store.executions.history(record, settings.window);
		if (own === undefined) throw notYet(`Execution ${pipeline_execution_id} is being recorded.`);

		context.progress({ current_step: "Calculating scores", progress: 75 });
		const anomalies: Anomaly[] = [];
		const notJudged: string[] = [];
		for (const [metric, value] of Object.entries(own.metrics)) {
			const history = earlier.flatMap(({ metrics }) => (Object.hasOwn(metrics, metric) ? (metrics[metric] ?? []) : []));
			const found = judgeMetric(metric, value, history, settings);
			if (found === undefined) notJudged.push(metric);
			else anomalies.push(...found);
		}

		// An earlier check of the same execution may have found what is none by now.
		if (anomalies.length > 0 || own.anomalyCount > 0) {
			await store.anomalies.save(own, anomalies);
			await store.executions.setAnomalyCount(own, anomalies.length);
			if (anomalies.length > 0) context.log.warn("Anomalies found", { pipeline_id, pipeline_execution_id, anomalies });
		}
		return { pipeline_id, pipeline_execution_id, history: earlier.length, anomalies, not_judged: notJudged };
	};
}

const notYet = (message: string): JobError => new JobError("validation", message, { retryable: true });
