/** The project's catalogue: every worker group with its queue classes, every job and every schedule, listed by hand and in alphabetical order. */
import { addressLineageClosureRebuildTask } from "../jobs/observability/address-lineage-closure-rebuild-task.ts";
import { addressLineageRecordTask } from "../jobs/observability/address-lineage-record-task.ts";
import { detectAnomaliesTask } from "../jobs/observability/detect-anomalies-task.ts";
import { freshnessCheckTask } from "../jobs/observability/freshness-check-task.ts";
import { pipelineExecutionClosureMaintainTask } from "../jobs/observability/pipeline-execution-closure-maintain-task.ts";
import { pipelineExecutionRecordTask } from "../jobs/observability/pipeline-execution-record-task.ts";
import { pipelineRegisterTask } from "../jobs/observability/pipeline-register-task.ts";
import { timelinessCheckTask } from "../jobs/observability/timeliness-check-task.ts";
import { defineCatalogue } from "./define-catalogue.ts";
import { lineageGroup, observabilityGroup } from "./queues.ts";
import { freshnessCheck, timelinessCheck } from "./schedules.ts";

export const catalogue = defineCatalogue({
	workerGroups: [lineageGroup, observabilityGroup],
	schedules: [freshnessCheck, timelinessCheck],
	jobs: [
		addressLineageClosureRebuildTask,
		addressLineageRecordTask,
		detectAnomaliesTask,
		freshnessCheckTask,
		pipelineExecutionClosureMaintainTask,
		pipelineExecutionRecordTask,
		pipelineRegisterTask,
		timelinessCheckTask,
	],
});
