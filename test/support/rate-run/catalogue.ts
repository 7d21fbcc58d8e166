/** The workload of the rate run: two limited jobs, performed by up to four processes. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, rateLimit } from "../../../shared/job/index.ts";

const paced = defineQueueClass({ name: "paced", promise: "never too fast", maxConcurrency: 4 });

const noting = {
	description: "Notes when it starts, and works a little.",
	queueClass: paced,
	input: z.strictObject({ work_ms: z.int() }),
	output: z.null(),
};

export const pacedTask = defineJob({ ...noting, name: "paced_task", rateLimit: rateLimit("50/s", { burst: 10 }) });

/** So slow that four workers can't wait for all turns: messages are sent on. */
export const sparseTask = defineJob({ ...noting, name: "sparse_task", rateLimit: rateLimit("8/s", { burst: 3 }) });

export const rateCatalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "paced", queueClasses: [paced] })],
	jobs: [pacedTask, sparseTask],
});
