/** Points of metrics in memory, for an hour, in slices of ten seconds; what is older or more than there is room for is forgotten. */
import type { Statistic } from "../../shared/dashboards/dashboard.ts";

export interface MetricStore {
	add(key: string, value: number): void;
	/** One value for each of `count` steps of `stepMs` that end now; `undefined` where nothing was measured. */
	series(
		key: string,
		statistic: Statistic,
		steps: { readonly count: number; readonly stepMs: number },
	): readonly (number | undefined)[];
	/** Over all that was measured since the start. */
	total(key: string, statistic: Statistic): number | undefined;
	/** Keys that begin so. */
	keys(prefix: string): readonly string[];
}

interface Slice {
	readonly at: number;
	count: number;
	sum: number;
	max: number;
	readonly samples: number[];
}

const SLICE_MS = 10_000;
const SLICES_MAX = 360;
const KEYS_MAX = 2_000;
/** Enough for a percentile to be near; beyond, each takes the place of an earlier one. */
const SAMPLES_MAX = 200;

export function createMetricStore(now: () => number): MetricStore {
	const metrics = new Map<string, { readonly slices: Slice[]; readonly total: Slice }>();
	const empty = (at: number): Slice => ({ at, count: 0, sum: 0, max: Number.NEGATIVE_INFINITY, samples: [] });

	function note(slice: Slice, value: number): void {
		slice.samples[slice.count % SAMPLES_MAX] = value;
		slice.count++;
		slice.sum += value;
		slice.max = Math.max(slice.max, value);
	}

	return {
		add(key, value) {
			if (!Number.isFinite(value)) return;
			const at = Math.floor(now() / SLICE_MS);
			let metric = metrics.get(key);
			if (metric === undefined) {
				if (metrics.size >= KEYS_MAX) return;
				metric = { slices: [], total: empty(0) };
				metrics.set(key, metric);
			}
			const { slices, total } = metric;
			let latest = slices.at(-1);
			if (latest === undefined || latest.at < at) {
				latest = empty(at);
				slices.push(latest);
				if (slices.length > SLICES_MAX) slices.shift();
			}
			note(latest, value);
			note(total, value);
		},
		series(key, statistic, { count, stepMs }) {
			const slices = metrics.get(key)?.slices ?? [];
			const perStep = Math.max(1, Math.round(stepMs / SLICE_MS));
			const end = Math.floor(now() / SLICE_MS) + 1;
			return Array.from({ length: count }, (_, step) => {
				const from = end - (count - step) * perStep;
				return statisticOf(
					slices.filter(({ at }) => at >= from && at < from + perStep),
					statistic,
				);
			});
		},
		total: (key, statistic) => {
			const metric = metrics.get(key);
			return metric === undefined ? undefined : statisticOf([metric.total], statistic);
		},
		keys: (prefix) => [...metrics.keys()].filter((key) => key.startsWith(prefix)),
	};
}

function statisticOf(slices: readonly Slice[], statistic: Statistic): number | undefined {
	if (slices.length === 0) return undefined;
	const sum = slices.reduce((all, slice) => all + slice.sum, 0);
	switch (statistic) {
		case "Sum":
			return sum;
		case "Average":
			return sum / slices.reduce((all, slice) => all + slice.count, 0);
		case "Maximum":
			return Math.max(...slices.map(({ max }) => max));
		case "p50":
		case "p95":
		case "p99": {
			const samples = slices.flatMap((slice) => slice.samples).sort((one, other) => one - other);
			return samples[Math.ceil((Number(statistic.slice(1)) / 100) * samples.length) - 1];
		}
	}
}
