/** What the records and checks of executions keep, over one table: the jobs are given this and nothing else. */
import type { EpochMs } from "../../../shared/job/index.ts";
import { createAlertStore } from "./store/alerts.ts";
import { createAnomalyStore } from "./store/anomalies.ts";
import { createExecutionStore } from "./store/executions.ts";
import { createPipelineStore } from "./store/pipelines.ts";
import type { Table } from "./store/table.ts";
import { createWatchedTableStore } from "./store/watched-tables.ts";

export type MonitoringStore = ReturnType<typeof createMonitoringStore>;

/** `now` is the checks' clock. */
export const createMonitoringStore = (table: Table, now: () => EpochMs) => ({
	now,
	pipelines: createPipelineStore(table),
	executions: createExecutionStore(table),
	anomalies: createAnomalyStore(table),
	tables: createWatchedTableStore(table),
	alerts: createAlertStore(table),
});
