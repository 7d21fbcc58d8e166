/** The worker function of group `lineage`: upkeep of the closures. */
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { rebuildAddressLineageClosure } from "../jobs/observability/address-lineage-closure-rebuild-task.ts";
import { recordAddressLineage } from "../jobs/observability/address-lineage-record-task.ts";
import { createClosureStore } from "../jobs/observability/closure-store.ts";
import { maintainPipelineExecutionClosure } from "../jobs/observability/pipeline-execution-closure-maintain-task.ts";
import { openTable, systemNow } from "../jobs/observability/store/open-table.ts";
import { createWorker } from "./create-worker.ts";

const store = createClosureStore(openTable(process.env), systemNow);

export const handler = createWorker(catalogue, "lineage", {
	address_lineage_closure_rebuild_task: rebuildAddressLineageClosure(store),
	address_lineage_record_task: recordAddressLineage(store),
	pipeline_execution_closure_maintain_task: maintainPipelineExecutionClosure(store),
});
