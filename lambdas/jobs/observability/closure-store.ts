/** What the upkeep of closures keeps, over one table. Apart from the monitoring store, so that neither function's bundle holds the other's. */
import type { EpochMs } from "../../../shared/job/index.ts";
import { createHierarchyStore } from "./hierarchy/hierarchy-store.ts";
import { createLineageStore } from "./lineage/lineage-store.ts";
import type { Table } from "./store/table.ts";

export type ClosureStore = ReturnType<typeof createClosureStore>;

/** `now` tells how old a closure is that may be removed. */
export const createClosureStore = (table: Table, now: () => EpochMs) => ({
	now,
	lineage: createLineageStore(table),
	hierarchy: createHierarchyStore(table),
});
