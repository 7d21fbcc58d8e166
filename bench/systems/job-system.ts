// What the bench asks of every background-job system alike: throughput end to end, and latency from enqueue to the
// first line of the job.

export interface Throughput {
	readonly jobsPerSecond: number;
	readonly enqueuedPerSecond: number;
}

export interface JobSystem {
	readonly name: string;
	/** How it is set up, for the report: concurrency, batch, how jobs are enqueued. */
	readonly setup: string;
	/** Brings up its store and workers, and performs a few jobs so that nothing measured is a first time. */
	readonly start: () => Promise<void>;
	/** Enqueues `count` no-op jobs as fast as one producer can while the workers run; ends when the last is settled. */
	readonly throughput: (count: number) => Promise<Throughput>;
	/** Milliseconds from the call that enqueues to the first line of the job, at a rate far below saturation. */
	readonly latency: (count: number, perSecond: number) => Promise<readonly number[]>;
	readonly stop: () => Promise<void>;
}
