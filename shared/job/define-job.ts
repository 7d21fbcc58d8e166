/** The definition of a job, as data: what producers, infrastructure and console know of it. No SDK, no implementation. */
import type * as z from "zod/v4/core";
import type { BatchPolicy } from "./batch-job.ts";
import type { ConcurrencyLimit } from "./concurrency.ts";
import type { DebouncePolicy } from "./debounce.ts";
import type { QueueClassDefinition } from "./queue-class.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { ResultCachePolicy } from "./result-cache.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";

/** Any zod 4 schema, of `zod` or of `zod/mini` (which keeps the worker's bundle small). */
export type JobSchema = z.$ZodType;

export interface TimeLimits {
	readonly softSeconds: number;
	readonly hardSeconds: number;
}

export interface JobDefinition<
	Name extends string = string,
	Input extends JobSchema = JobSchema,
	Output extends JobSchema = JobSchema,
	QueueClass extends QueueClassDefinition = QueueClassDefinition,
	Batch extends BatchPolicy | undefined = BatchPolicy | undefined,
> {
	/** The wire name: letters, digits, `_`, `-`, `.`; at most 100 characters; never reused for another job. */
	readonly name: Name;
	/** Names it had before; messages under them are still taken. Default none. */
	readonly aliases: readonly string[];
	/** One sentence for the console and the docs. */
	readonly description: string;
	readonly queueClass: QueueClass;
	/** Checked at the producer and again before every attempt. Unknown fields should be refused: use a strict object. */
	readonly input: Input;
	/** Checked when an attempt returns; a result that does not fit is a final failure. */
	readonly output: Output;
	/** Default: 3 retries, 60 s, doubling to at most 600 s, full jitter. */
	readonly retry: RetryPolicy;
	/**
	 * Limits over all legs of an attempt: at `soft` its signal aborts, at `hard` it is stopped and the run is FAILURE `time-limit-exceeded`.
	 * 1–86 400 s, soft below hard. Default 3 300 and 3 600 for a job that checkpoints; else what its function's timeout leaves of one leg.
	 */
	readonly timeLimits: TimeLimits | undefined;
	/** Its implementation calls `ctx.checkpoint` and goes on from `ctx.cursor`, so that an attempt may be longer than one Lambda invocation. Default false. */
	readonly checkpoints: boolean;
	/**
	 * Its code may keep the event loop busy for more than half a minute on end (a long computation without `await`), and so can't show that it
	 * lives. Its lease then lasts as long as its function may: a killed worker's run waits for that. Default false.
	 */
	readonly blocking: boolean;
	/** Starts per time over all workers. Default none. */
	readonly rateLimit: RateLimit | undefined;
	/** Runs performing at the same time over all workers. Default: as many as there are workers. */
	readonly concurrency: ConcurrencyLimit | undefined;
	/** A run of the same input inside a period is given the earlier result and performs nothing. Default none. */
	readonly resultCache: ResultCachePolicy | undefined;
	/** Its implementation takes several runs at once, see `BatchImplementation`. Default: one. */
	readonly batch: Batch;
	/** Of runs that come shortly one after another only the last performs. Default: each does. */
	readonly debounce: DebouncePolicy | undefined;
	/** Names of the jobs that its implementation may enqueue; what the function's role may send to follows from it. Default none. */
	readonly enqueues: readonly string[];
}

export type JobOptions<
	Name extends string,
	Input extends JobSchema,
	Output extends JobSchema,
	QueueClass extends QueueClassDefinition,
	Batch extends BatchPolicy | undefined = BatchPolicy | undefined,
> = Pick<JobDefinition<Name, Input, Output, QueueClass>, "name" | "description" | "queueClass" | "input" | "output"> & {
	readonly aliases?: readonly string[];
	readonly retry?: RetryPolicy;
	readonly timeLimits?: TimeLimits;
	readonly checkpoints?: boolean;
	readonly blocking?: boolean;
	readonly rateLimit?: RateLimit;
	readonly concurrency?: ConcurrencyLimit;
	readonly resultCache?: ResultCachePolicy;
	readonly batch?: Batch;
	readonly debounce?: DebouncePolicy;
	readonly enqueues?: readonly string[];
};

/** Fills in the defaults. Names and numbers are checked together with the rest of the catalogue by `defineCatalogue`. */
export function defineJob<
	const Name extends string,
	Input extends JobSchema,
	Output extends JobSchema,
	QueueClass extends QueueClassDefinition,
	const Batch extends BatchPolicy | undefined = undefined,
>(options: JobOptions<Name, Input, Output, QueueClass, Batch>): JobDefinition<Name, Input, Output, QueueClass, Batch> {
	return {
		aliases: [],
		retry: defaultRetryPolicy,
		timeLimits: undefined,
		checkpoints: false,
		blocking: false,
		rateLimit: undefined,
		concurrency: undefined,
		resultCache: undefined,
		debounce: undefined,
		enqueues: [],
		...options,
		// Absent only where the type of it is undefined.
		batch: options.batch as Batch,
	};
}

/** What a producer passes: before the schema's defaults. */
export type JobInput<Job extends JobDefinition> = z.input<Job["input"]>;
/** What the implementation receives: after the schema's defaults. */
export type JobParsedInput<Job extends JobDefinition> = z.output<Job["input"]>;
/** What a caller reads as the result. */
export type JobResult<Job extends JobDefinition> = z.output<Job["output"]>;
