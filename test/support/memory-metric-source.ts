/** Metrics in memory: values as workers emit them, read back as CloudWatch would. */
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { MetricQuery, MetricSource } from "../../shared/ports/metric-source.ts";

const DAY_MS = 86_400_000;

type Metric = Omit<MetricQuery, "statistic">;

export interface MemoryMetricSource extends MetricSource {
	put(metric: Metric, at: EpochMs, ...values: readonly number[]): void;
	/** One entry a call: how many queries it had. */
	readonly calls: number[];
	failure: Error | undefined;
}

export function createMemoryMetricSource(): MemoryMetricSource {
	const points: { readonly key: string; readonly at: number; readonly value: number }[] = [];
	const keyOf = ({ group, job, errorClass, name }: Metric): string =>
		JSON.stringify([group, job, errorClass ?? null, name]);
	const source: MemoryMetricSource = {
		calls: [],
		failure: undefined,
		put(metric, at, ...values) {
			points.push(...values.map((value) => ({ key: keyOf(metric), at: Number(at), value })));
		},
		async readDay(queries, now) {
			source.calls.push(queries.length);
			if (source.failure !== undefined) throw source.failure;
			const midnight = Math.floor(now / DAY_MS) * DAY_MS;
			return queries.map((query) => {
				const found = points.filter(({ key, at }) => key === keyOf(query) && at >= midnight && at <= now);
				return statistic(
					query.statistic,
					found.map(({ value }) => value),
				);
			});
		},
	};
	return source;
}

function statistic(name: MetricQuery["statistic"], values: readonly number[]): number {
	if (name === "Sum") return values.reduce((sum, value) => sum + value, 0);
	if (name === "SampleCount") return values.length;
	const limit = Number(name.slice("PR(:".length, -1));
	return values.length === 0 ? 0 : (values.filter((value) => value <= limit).length / values.length) * 100;
}
