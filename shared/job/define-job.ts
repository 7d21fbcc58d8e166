/** The definition of a job, as data: what producers, infrastructure and console know of it. No SDK, no implementation. */
import type * as z from "zod/v4/core";
import type { QueueClassDefinition } from "./queue-class.ts";
import type { RateLimit } from "./rate-limit.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";

/** Any zod 4 schema, of `zod` or of `zod/mini` (which keeps the worker's bundle small). */
export type JobSchema = z.$ZodType;

export interface JobDefinition<
	Name extends string = string,
	Input extends JobSchema = JobSchema,
	Output extends JobSchema = JobSchema,
	QueueClass extends QueueClassDefinition = QueueClassDefinition,
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
	/** Starts per time over all workers. Default none. */
	readonly rateLimit: RateLimit | undefined;
	/** Names of the jobs that its implementation may enqueue; what the function's role may send to follows from it. Default none. */
	readonly enqueues: readonly string[];
}

export type JobOptions<
	Name extends string,
	Input extends JobSchema,
	Output extends JobSchema,
	QueueClass extends QueueClassDefinition,
> = Pick<JobDefinition<Name, Input, Output, QueueClass>, "name" | "description" | "queueClass" | "input" | "output"> & {
	readonly aliases?: readonly string[];
	readonly retry?: RetryPolicy;
	readonly rateLimit?: RateLimit;
	readonly enqueues?: readonly string[];
};

/** Fills in the defaults. Names and numbers are checked together with the rest of the catalogue by `defineCatalogue`. */
export function defineJob<
	const Name extends string,
	Input extends JobSchema,
	Output extends JobSchema,
	QueueClass extends QueueClassDefinition,
>(options: JobOptions<Name, Input, Output, QueueClass>): JobDefinition<Name, Input, Output, QueueClass> {
	return { aliases: [], retry: defaultRetryPolicy, rateLimit: undefined, enqueues: [], ...options };
}

/** What a producer passes: before the schema's defaults. */
export type JobInput<Job extends JobDefinition> = z.input<Job["input"]>;
/** What the implementation receives: after the schema's defaults. */
export type JobParsedInput<Job extends JobDefinition> = z.output<Job["input"]>;
/** What a caller reads as the result. */
export type JobResult<Job extends JobDefinition> = z.output<Job["output"]>;
