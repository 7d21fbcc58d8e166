/** One job that is longer than its function may run. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup } from "../../../shared/job/index.ts";

const patient = defineQueueClass({ name: "patient", promise: "takes its time" });

export const countTask = defineJob({
	name: "count_task",
	description: "Counts, a number every 100 ms, and says in which legs.",
	queueClass: patient,
	input: z.strictObject({ to: z.int() }),
	output: z.strictObject({ counted: z.array(z.int()), legs: z.array(z.int()) }),
	checkpoints: true,
	timeLimits: { softSeconds: 60, hardSeconds: 90 },
});

export const legsCatalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "patient", queueClasses: [patient], timeoutSeconds: 10 })],
	jobs: [countTask],
});
