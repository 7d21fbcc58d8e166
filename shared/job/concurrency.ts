/**
 * How many runs may perform at the same time, as data, held over all workers together (INV-09). A run that finds its place taken waits in
 * the queue or is skipped, as declared; neither spends an attempt. A further leg of an attempt goes on in the place that the leg before had.
 */
import type { RateLimitKey } from "./rate-limit.ts";

export interface ConcurrencyLimit {
	/** Runs performing at the same time. 1–50. */
	readonly max: number;
	/** Counts each key apart. Default: all runs together. A run without that tenant or field shares one count with the others without. */
	readonly per?: RateLimitKey;
	/** What is shared out: jobs that name the same one are counted together. Default: the job's own name. */
	readonly name?: string;
	/**
	 * `wait`: it performs later, about in order of arrival. `skip`: it ends SKIPPED with the reason `already_running: <id of a run that does>`;
	 * so does a retry that finds another run at work. Default `wait`.
	 */
	readonly whenBusy?: "wait" | "skip";
}

/** One run at a time, for each key where `per` names one. */
export const singleton = (options: Omit<ConcurrencyLimit, "max"> = {}): ConcurrencyLimit => ({ max: 1, ...options });

/** What a job's runs are counted under. */
export const concurrencyName = (job: {
	readonly name: string;
	readonly concurrency: ConcurrencyLimit | undefined;
}): string => job.concurrency?.name ?? job.name;

/** Each run that performs is a part of one item, which every write pays for by its size: with 50 it has about 5 KB. */
export const CONCURRENCY_MAX = 50;
