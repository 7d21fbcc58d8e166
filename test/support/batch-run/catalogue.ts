/** A job that takes several runs at once, and one of which only the last of several runs performs. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, noRetry } from "../../../shared/job/index.ts";

const bulk = defineQueueClass({ name: "bulk", promise: "together", batchSize: 20, batchWindowSeconds: 1 });

export const indexDocuments = defineJob({
	name: "index_documents",
	description: "Indexes several documents by one request.",
	queueClass: bulk,
	input: z.strictObject({ n: z.int() }),
	output: z.strictObject({ position: z.int(), together: z.int() }),
	retry: noRetry,
	batch: { runsMax: 8 },
});

export const renderPage = defineJob({
	name: "render_page",
	description: "Renders a page as it is after the last change.",
	queueClass: bulk,
	input: z.strictObject({ page: z.string(), text: z.string() }),
	output: z.string(),
	debounce: { seconds: 2, per: "input.page" },
});

export const batchCatalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "bulk", queueClasses: [bulk] })],
	jobs: [indexDocuments, renderPage],
});
