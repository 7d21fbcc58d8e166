/** Jobs whose runs are counted: each has one feature, and does what the test tells it to. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	type ConcurrencyLimit,
	crontab,
	type DebouncePolicy,
	defineJob,
	defineQueueClass,
	defineSchedule,
	defineWorkerGroup,
	noRetry,
	type Overlap,
	type RateLimit,
	type ResultCachePolicy,
	type RetryPolicy,
	rateLimit,
	retryPolicy,
	singleton,
} from "../../../shared/job/index.ts";

const plain = defineQueueClass({ name: "plain", promise: "p" });
const capped = defineQueueClass({ name: "capped", promise: "p" });
const patient = defineQueueClass({ name: "patient", promise: "p" });

interface Features {
	readonly retry?: RetryPolicy;
	readonly checkpoints?: boolean;
	readonly rateLimit?: RateLimit;
	readonly concurrency?: ConcurrencyLimit;
	readonly enqueues?: readonly string[];
	readonly resultCache?: ResultCachePolicy;
	readonly debounce?: DebouncePolicy;
}

const common = {
	description: "d",
	queueClass: plain,
	input: z.strictObject({ text: z.optional(z.string()) }),
	output: z.strictObject({ text: z.optional(z.string()) }),
};
const job = <const Name extends string>(name: Name, features: Features = {}) =>
	defineJob({ ...common, name, ...features });

export const costJobs = {
	plain_task: job("plain_task"),
	long_task: job("long_task", { checkpoints: true }),
	retried_task: job("retried_task", { retry: retryPolicy({ retriesMax: 1, delaySeconds: 60, jitter: "none" }) }),
	failing_task: job("failing_task", { retry: noRetry }),
	limited_task: job("limited_task", { rateLimit: rateLimit("100/s") }),
	placed_task: job("placed_task", { concurrency: { max: 10 } }),
	single_task: job("single_task", { concurrency: singleton() }),
	parent_task: job("parent_task", { enqueues: ["plain_task"] }),
	cached_task: job("cached_task", { resultCache: { seconds: 3_600, tags: ["text:{input.text}"] } }),
	debounced_task: job("debounced_task", { debounce: { seconds: 30 } }),
	ticked_task: job("ticked_task"),
	gathered_task: defineJob({ ...common, name: "gathered_task", batch: { runsMax: 10 } }),
	capped_task: defineJob({ ...common, name: "capped_task", queueClass: capped }),
	patient_task: defineJob({ ...common, name: "patient_task", queueClass: patient }),
};

export type CostJob = keyof typeof costJobs;

/** As many as tick at the same time. */
const costSchedules = (["skip", "queue", "allow"] as const).flatMap((overlap) =>
	Array.from({ length: 10 }, (_, nth) =>
		defineSchedule({
			...{ name: costSchedule(overlap, nth), job: costJobs.ticked_task, input: {}, overlap },
			cron: crontab({}),
		}),
	),
);

export function costSchedule(overlap: Overlap, nth: number): string {
	return `${overlap}-${nth}`;
}

export const costCatalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "plain", queueClasses: [plain] }),
		defineWorkerGroup({ name: "capped", queueClasses: [capped], concurrencyMax: 10 }),
		defineWorkerGroup({ name: "patient", queueClasses: [patient], timeoutSeconds: 900 }),
	],
	jobs: Object.values(costJobs),
	schedules: costSchedules,
});
