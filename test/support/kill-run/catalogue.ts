/** The workload of the kill run: one job that journals its own begin and end, and may be tried as often as it is killed. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, retryPolicy } from "../../../shared/job/index.ts";

const killable = defineQueueClass({ name: "killable", promise: "survives its workers", maxConcurrency: 2 });

export const journalTask = defineJob({
	name: "journal_task",
	description: "Writes a line, works, writes another line.",
	queueClass: killable,
	input: z.strictObject({ work_ms: z.int().check(z.gte(0), z.lte(1_000)) }),
	/** Names the performance that settled, so that the journal can be held against it. */
	output: z.strictObject({ performance: z.string() }),
	// Each kill costs an attempt; a run that ends FAILURE for want of attempts would hide what is looked for.
	retry: retryPolicy({ retriesMax: 100, delaySeconds: 0 }),
});

const group = defineWorkerGroup({ name: "killable", queueClasses: [killable], timeoutSeconds: 10 });

export const killCatalogue = defineCatalogue({
	workerGroups: [group],
	jobs: [journalTask],
});
