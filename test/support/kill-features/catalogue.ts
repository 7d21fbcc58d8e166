/** The workload of the kill run with every feature in use: each job has some, and all are performed by one group under a cap. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	defineJob,
	defineQueueClass,
	defineRoute,
	defineWorkerGroup,
	rateLimit,
	retryPolicy,
	singleton,
} from "../../../shared/job/index.ts";

/** Runs that perform at once, over all classes and processes. */
export const GROUP_CAP = 8;
export const KEYED_MAX = 2;
export const RATE = { perSecond: 20, burst: 4 } as const;
export const CHILDREN = 2;
export const CHILD_DELAY_SECONDS = 1;
export const LARGE_CHARACTERS = 20_000;

const urgent = defineQueueClass({
	name: "urgent",
	promise: "first",
	maxConcurrency: 2,
	priorities: { from: 7, to: 9 },
});
const steady = defineQueueClass({ name: "steady", promise: "in turn", maxConcurrency: 2 });
const bulk = defineQueueClass({ name: "bulk", promise: "some time", maxConcurrency: 2 });

const killable = {
	description: "Writes a line, works, writes another line.",
	queueClass: steady,
	input: z.strictObject({ key: z.string(), work_ms: z.int() }),
	output: z.strictObject({ performance: z.string() }),
	// Each kill costs an attempt; a run that ends FAILURE for want of attempts would hide what is looked for.
	retry: retryPolicy({ retriesMax: 100, delaySeconds: 1, factor: 1, jitter: "none" }),
};

export const featureJobs = {
	paced: defineJob({
		...killable,
		name: "paced_task",
		rateLimit: rateLimit(`${RATE.perSecond}/s`, { burst: RATE.burst }),
	}),
	keyed: defineJob({ ...killable, name: "keyed_task", concurrency: { max: KEYED_MAX, per: "input.key" } }),
	single: defineJob({ ...killable, name: "single_task", concurrency: singleton({ per: "input.key" }) }),
	/** Several legs, a checkpoint after each stage, an effect in each. */
	staged: defineJob({
		...killable,
		name: "staged_task",
		checkpoints: true,
		timeLimits: { softSeconds: 600, hardSeconds: 900 },
	}),
	/** Fails at its first attempt. */
	flaky: defineJob({ ...killable, name: "flaky_task" }),
	parent: defineJob({
		...killable,
		name: "parent_task",
		output: z.strictObject({ performance: z.string(), children: z.array(z.string()) }),
		enqueues: ["child_task"],
	}),
	child: defineJob({ ...killable, name: "child_task" }),
	/** Input and result lie in the bucket. */
	large: defineJob({
		...killable,
		name: "large_task",
		input: z.strictObject({ key: z.string(), work_ms: z.int(), text: z.string() }),
		output: z.strictObject({ performance: z.string(), text: z.string() }),
	}),
	cached: defineJob({
		...killable,
		name: "cached_task",
		output: z.strictObject({ of: z.string() }),
		resultCache: { seconds: 3_600, tags: ["key:{input.key}"] },
	}),
	gathered: defineJob({ ...killable, name: "gathered_task", batch: { runsMax: 4, waitMs: 50 } }),
	debounced: defineJob({ ...killable, name: "debounced_task", debounce: { seconds: 2, per: "input.key" } }),
};
export type Feature = keyof typeof featureJobs;

export const featuresCatalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({
			name: "killable",
			queueClasses: [urgent, steady, bulk],
			timeoutSeconds: 10,
			concurrencyMax: GROUP_CAP,
		}),
	],
	jobs: Object.values(featureJobs),
	routes: [
		defineRoute({ jobs: "large_*", to: bulk }),
		defineRoute({ when: ({ tenant }) => tenant === "crowd", to: bulk }),
	],
});
