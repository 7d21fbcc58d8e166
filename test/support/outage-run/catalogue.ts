/** The workload of the outage run: a job that calls a service over HTTP, in a class whose breaker opens and closes within seconds. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, retryPolicy } from "../../../shared/job/index.ts";

const calling = defineQueueClass({
	name: "calling",
	promise: "never hammers who is down",
	maxConcurrency: 3,
	breaker: { failuresMin: 10, windowSeconds: 60, openSeconds: 1, openSecondsMax: 2 },
});

export const callTask = defineJob({
	name: "call_task",
	description: "Calls a service.",
	queueClass: calling,
	input: z.strictObject({ n: z.int() }),
	output: z.null(),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 1, factor: 1 }),
});

export const outageCatalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "calling", queueClasses: [calling] })],
	jobs: [callTask],
});
