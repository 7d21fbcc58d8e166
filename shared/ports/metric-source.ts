/** What was counted of jobs, read back for a page of numbers. Read by the HTTP API alone. */
import type { EpochMs } from "../kernel/time.ts";

export interface MetricQuery {
	/** `RunsSucceeded`, as worker-telemetry.ts names them. */
	readonly name: string;
	/** The worker group and the job: the metric's dimensions. */
	readonly group: string;
	readonly job: string;
	/** One more dimension, of metrics that have it. */
	readonly errorClass?: string;
	/** `PR(:500)`: the percentage of values up to 500. */
	readonly statistic: "Sum" | "SampleCount" | `PR(:${number})`;
}

export interface MetricSource {
	/**
	 * One number for each query, in their order: over [midnight UTC of that day, now). 0 where nothing was counted.
	 * @throws MillraceError `store-failed`
	 */
	readDay(queries: readonly MetricQuery[], now: EpochMs): Promise<readonly number[]>;
}
