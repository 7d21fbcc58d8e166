/** A job whose runs share two resources. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, retryPolicy } from "../../../shared/job/index.ts";

const shared = defineQueueClass({ name: "shared", promise: "with a connection", maxConcurrency: 2 });

export const query = defineJob({
	name: "query",
	description: "Asks the database, slowly.",
	queueClass: shared,
	input: z.strictObject({ work_ms: z.int() }),
	output: z.strictObject({ pid: z.int(), connection: z.string() }),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 1, jitter: "none" }),
});

export const resourceCatalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "shared", queueClasses: [shared] })],
	jobs: [query],
});
