/** A queue class: one SQS queue and its dead-letter queue, with the promise they make. Named for the promise, never for the machinery. */

export interface QueueClassDefinition<Name extends string = string> {
	/** Lower-case letters, digits and `-`; unique in the catalogue; stable, because producers know it. */
	readonly name: Name;
	/** One sentence on what a producer may expect of this class; shown in docs and on the console. */
	readonly promise: string;
	/**
	 * Priorities 0–9 of runs that go through this class instead of their definition's own, among the classes of one worker group. Default none.
	 */
	readonly priorities: { readonly from: number; readonly to: number } | undefined;
	/** Messages handed to one invocation at once. 1–10 000, above 10 only with a window; default 10. */
	readonly batchSize: number;
	/** Seconds Lambda may wait to fill a batch. 0–300, default 0. */
	readonly batchWindowSeconds: number;
	/** Invocations of this class at the same time. 2–1000 (AWS's own minimum is 2), default 10. */
	readonly maxConcurrency: number;
}

export type QueueClassOptions<Name extends string> = Pick<QueueClassDefinition<Name>, "name" | "promise"> &
	Partial<Omit<QueueClassDefinition<Name>, "name" | "promise">>;

/** Fills in the defaults. Ranges are checked together with the rest of the catalogue by `defineCatalogue`. */
export function defineQueueClass<const Name extends string>(
	options: QueueClassOptions<Name>,
): QueueClassDefinition<Name> {
	return { priorities: undefined, batchSize: 10, batchWindowSeconds: 0, maxConcurrency: 10, ...options };
}
