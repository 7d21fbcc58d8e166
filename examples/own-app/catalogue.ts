/** All that the page watch consists of. */
import { defineCatalogue, defineWorkerGroup } from "millrace";
import { checkAllPages, checkPage, pages, regularCheck } from "./jobs/definitions.ts";

export const catalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "watch", queueClasses: [pages], timeoutSeconds: 60, memoryMb: 256 })],
	jobs: [checkAllPages, checkPage],
	schedules: [regularCheck],
});
