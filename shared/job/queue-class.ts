/** A queue class: one SQS queue and its dead-letter queue, with the promise they make. Named for the promise, never for the machinery. */
import { type BreakerPolicy, defaultBreaker } from "./breaker.ts";
import { defaultAlarms, type QueueAlarms } from "./queue-alarms.ts";

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
	/** What slows the class while its runs fail on an outage. `false`: nothing does. */
	readonly breaker: BreakerPolicy | false;
	/** When the class calls for attention. `false`: never, at no cost. Default: 20, 50 and 100 messages that wait, the oldest for 15 minutes, any dead letter. */
	readonly alarms: QueueAlarms | false;
}

export type QueueClassOptions<Name extends string> = Pick<QueueClassDefinition<Name>, "name" | "promise"> &
	Partial<Omit<QueueClassDefinition<Name>, "name" | "promise" | "breaker" | "alarms">> & {
		/** Numbers that differ from the default ones, or `false`. */
		readonly breaker?: Partial<BreakerPolicy> | false;
		/** Likewise. */
		readonly alarms?: Partial<QueueAlarms> | false;
	};

/** Fills in the defaults. Ranges are checked together with the rest of the catalogue by `defineCatalogue`. */
export function defineQueueClass<const Name extends string>(
	options: QueueClassOptions<Name>,
): QueueClassDefinition<Name> {
	const breaker = options.breaker !== false && { ...defaultBreaker, ...options.breaker };
	const alarms = options.alarms !== false && { ...defaultAlarms, ...options.alarms };
	return {
		priorities: undefined,
		batchSize: 10,
		batchWindowSeconds: 0,
		maxConcurrency: 10,
		...options,
		breaker,
		alarms,
	};
}
