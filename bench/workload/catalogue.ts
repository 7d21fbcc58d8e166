// The jobs that are measured: one that does nothing, and one that waits, so that the runs of a batch end apart.
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";

export const BENCH_GROUP = "bench";

/** Two invocations at a time, as the peers have two processes. */
const measured = defineQueueClass({ name: "bench", promise: "as fast as it goes", maxConcurrency: 2 });

export const noopTask = defineJob({
	name: "noop_task",
	description: "Doubles a number.",
	queueClass: measured,
	input: z.strictObject({ n: z.int() }),
	output: z.strictObject({ doubled: z.int() }),
});

export const stampTask = defineJob({
	name: "stamp_task",
	description: "Answers when its first line ran, in milliseconds of the machine's clock.",
	queueClass: measured,
	input: z.strictObject({}),
	output: z.strictObject({ started_ms: z.number() }),
});

export const waitTask = defineJob({
	name: "wait_task",
	description: "Waits.",
	queueClass: measured,
	input: z.strictObject({ wait_ms: z.int().check(z.gte(0), z.lte(1_000)) }),
	output: z.strictObject({}),
});

const group = defineWorkerGroup({ name: BENCH_GROUP, queueClasses: [measured] });

export const benchCatalogue = defineCatalogue({
	workerGroups: [group],
	jobs: [noopTask, stampTask, waitTask],
});
