/** Everything the family keeps, over one table: the jobs are given this and nothing else. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type EpochMs, epochMs } from "../../../shared/job/index.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { createHierarchyStore } from "./hierarchy/hierarchy-store.ts";
import { createLineageStore } from "./lineage/lineage-store.ts";
import { createAlertStore } from "./store/alerts.ts";
import { createAnomalyStore } from "./store/anomalies.ts";
import { createDynamoTable } from "./store/dynamo-table.ts";
import { createExecutionStore } from "./store/executions.ts";
import { createPipelineStore } from "./store/pipelines.ts";
import type { Table } from "./store/table.ts";
import { createWatchedTableStore } from "./store/watched-tables.ts";

export type ObservabilityStore = ReturnType<typeof createObservabilityStore>;

/** `now` is the checks' clock. */
export function createObservabilityStore(table: Table, now: () => EpochMs) {
	return {
		now,
		pipelines: createPipelineStore(table),
		executions: createExecutionStore(table),
		anomalies: createAnomalyStore(table),
		tables: createWatchedTableStore(table),
		alerts: createAlertStore(table),
		lineage: createLineageStore(table),
		hierarchy: createHierarchyStore(table),
	};
}

/**
 * The store of a function, from its environment.
 * @throws MillraceError `configuration-invalid` when OBSERVABILITY_TABLE is not set.
 */
export function observabilityStore(environment: Readonly<Record<string, string | undefined>>): ObservabilityStore {
	const tableName = environment["OBSERVABILITY_TABLE"];
	if (tableName === undefined || tableName === "") {
		throw new MillraceError(
			"configuration-invalid",
			"OBSERVABILITY_TABLE must name the table of the observability jobs; it is not set. The stack sets it on the functions that need it.",
		);
	}
	const client = new DynamoDBClient({});
	return createObservabilityStore(createDynamoTable(client, tableName), () => epochMs(Date.now()));
}
