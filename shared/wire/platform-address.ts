/**
 * Where a deployed platform's parts are: what a worker gets in MILLRACE_PLATFORM, and what a client reads from SSM or the local state file.
 * What it does not know it leaves alone: a deploy changes a function's code and its environment one after the other, and a client may be older.
 */
import * as z from "zod/mini";

export const platformAddressSchema = z.object({
	/** Name of the table for runs. */
	table: z.string().check(z.minLength(1)),
	/** Name of the bucket for large inputs and results. */
	bucket: z.string().check(z.minLength(1)),
	/** By queue class: the queue and its dead-letter queue. */
	queues: z.record(
		z.string(),
		z.object({
			url: z.string().check(z.minLength(1)),
			deadLetterUrl: z.string().check(z.minLength(1)),
			/** UUID of the event source mapping that feeds the class's workers. For operators: a worker's own address has none. */
			mapping: z.optional(z.string().check(z.minLength(1))),
			/** The worker group, by which `schedules.roles` tells the role. For operators: a worker's own address has one role for all its classes. */
			group: z.optional(z.string().check(z.minLength(1))),
			/** As which the scheduler sends to the class, in addresses written before there was `group`. */
			schedulerRoleArn: z.optional(z.string().check(z.minLength(1))),
		}),
	),
	/** Where long waits are kept. */
	schedules: z.optional(
		z.object({
			/** Name of the schedule group. */
			group: z.string().check(z.minLength(1)),
			/** In a worker's address only: the role as which the scheduler sends to the queues of the worker's own classes. */
			roleArn: z.optional(z.string().check(z.minLength(1))),
			/** For operators: by worker group, the role as which the scheduler sends to its classes. Once for all of them: SSM takes 8 KB. */
			roles: z.optional(z.record(z.string(), z.string().check(z.minLength(1)))),
		}),
	),
});
export type PlatformAddress = z.infer<typeof platformAddressSchema>;
