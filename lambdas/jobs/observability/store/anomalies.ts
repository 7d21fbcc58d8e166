/** The anomalies found, one item per anomalous execution: a later check of the same execution replaces or removes it. */
import { type EpochMs, epochMs } from "../../../../shared/job/index.ts";
import type { Anomaly } from "../../../../shared/jobs/observability/anomaly.ts";
import { readNumber, readText } from "./attributes.ts";
import type { HistoryEntry } from "./executions.ts";
import { anomalyFrom, anomalySort, anomalyTo, finishedPartition } from "./keys.ts";
import type { Table } from "./table.ts";

export interface AnomalousExecution {
	readonly pipeline: number;
	readonly execution: number;
	readonly endedAt: EpochMs;
	readonly anomalies: readonly Anomaly[];
}

export function createAnomalyStore(table: Table) {
	return {
		async save(entry: HistoryEntry, anomalies: readonly Anomaly[]): Promise<void> {
			const key = { pk: finishedPartition(entry.pipeline), sk: anomalySort(entry.endedAt, entry.execution) };
			if (anomalies.length === 0) await table.writeMany({ deletes: [key] });
			else await table.put({ ...key, id: entry.execution, ended: entry.endedAt, anomalies: JSON.stringify(anomalies) });
		},
		/** Those of executions that ended between the two instants, both included; the earliest first. */
		async list(pipeline: number, from: EpochMs, to: EpochMs): Promise<readonly AnomalousExecution[]> {
			const range = { pk: finishedPartition(pipeline), from: anomalyFrom(from), to: anomalyTo(to) };
			return (await table.query(range)).map((item) => ({
				pipeline,
				execution: readNumber(item, "id"),
				endedAt: epochMs(readNumber(item, "ended")),
				anomalies: JSON.parse(readText(item, "anomalies")),
			}));
		},
	};
}
