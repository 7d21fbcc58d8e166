/** The worker function of group `observability`: records and checks of pipeline executions. */
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { detectAnomalies } from "../jobs/observability/detect-anomalies-task.ts";
import { checkFreshness } from "../jobs/observability/freshness-check-task.ts";
import { createMonitoringStore } from "../jobs/observability/monitoring-store.ts";
import { recordPipelineExecution } from "../jobs/observability/pipeline-execution-record-task.ts";
import { registerPipeline } from "../jobs/observability/pipeline-register-task.ts";
import { openTable, systemNow } from "../jobs/observability/store/open-table.ts";
import { checkTimeliness } from "../jobs/observability/timeliness-check-task.ts";
import { createWorker } from "./create-worker.ts";

const store = createMonitoringStore(openTable(process.env), systemNow);

export const handler = createWorker(catalogue, "observability", {
	detect_anomalies_task: detectAnomalies(store),
	freshness_check_task: checkFreshness(store),
	pipeline_execution_record_task: recordPipelineExecution(store),
	pipeline_register_task: registerPipeline(store),
	timeliness_check_task: checkTimeliness(store),
});
