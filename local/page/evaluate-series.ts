/** What a chart of a described dashboard shows, reckoned from local points as CloudWatch reckons from its own. */
import type { ChartWidget, Expression, Measure, Series, Statistic } from "../../shared/dashboards/dashboard.ts";
import type { MetricStore } from "./metric-store.ts";

export interface DrawnLine {
	readonly label: string;
	readonly values: readonly (number | undefined)[];
}

export interface Steps {
	readonly count: number;
	readonly stepMs: number;
}

type Values = readonly (number | undefined)[];

/** Where the recorder puts what belongs to a measure; of the platform's own with one more dimension, the value of that comes after it. */
export function keyOf(measure: Measure, service = ""): string {
	switch (measure.of) {
		case "platform":
			return `platform ${measure.metric} ${service} ${measure.by ?? ""} `;
		case "queue":
			return `queue ${measure.queueClass} ${measure.queue} ${measure.metric}`;
		case "function":
			return `function ${measure.group} ${measure.metric}`;
		case "table":
		case "schedules":
			return `${measure.of} ${measure.metric}`;
	}
}

/** @param steps `undefined`: one value, over all that was measured. */
export function evaluateChart(
	{ series }: ChartWidget,
	store: MetricStore,
	steps: Steps | undefined,
): readonly DrawnLine[] {
	return series.flatMap((one) => linesOf(one, store, steps));
}

function linesOf(series: Series, store: MetricStore, steps: Steps | undefined): readonly DrawnLine[] {
	const read = (key: string, statistic: Statistic): Values =>
		steps === undefined ? [store.total(key, statistic)] : store.series(key, statistic, steps);
	if ("each" in series) {
		const { each } = series;
		return each.services.flatMap((service) => {
			const prefix = keyOf(each, service);
			return store.keys(prefix).map((key) => ({ label: key.slice(prefix.length), values: read(key, each.statistic) }));
		});
	}
	const keysOf = (measure: Measure): readonly string[] =>
		measure.of === "platform"
			? measure.services.flatMap((service) => store.keys(keyOf(measure, service)))
			: [keyOf(measure)];
	const count = steps?.count ?? 1;
	const at = (evaluate: (index: number) => number | undefined): Values =>
		Array.from({ length: count }, (_, index) => evaluate(index));

	function evaluate(expression: Expression): Values {
		if ("sum" in expression) {
			const parts = expression.sum.map(evaluate);
			return at((index) => parts.reduce<number | undefined>((sum, part) => plus(sum, part[index]), undefined));
		}
		if ("scaled" in expression) {
			return evaluate(expression.scaled).map((value) => (value === undefined ? undefined : value * expression.by));
		}
		if ("percent" in expression) {
			const [part, whole] = [evaluate(expression.percent), evaluate(expression.outOf)];
			return at((index) => ((whole[index] ?? 0) === 0 ? undefined : (100 * (part[index] ?? 0)) / (whole[index] ?? 1)));
		}
		const { measure, join = "sum" } = expression;
		const statistic: Statistic = measure.of === "table" || measure.of === "schedules" ? "Sum" : measure.statistic;
		const all = keysOf(measure).map((key) => read(key, statistic));
		return at((index) =>
			all.reduce<number | undefined>(
				(sum, values) => (join === "sum" ? plus(sum, values[index]) : larger(sum, values[index])),
				undefined,
			),
		);
	}
	return [{ label: series.label, values: evaluate(series.value) }];
}

const plus = (one: number | undefined, other: number | undefined): number | undefined =>
	one === undefined ? other : other === undefined ? one : one + other;
const larger = (one: number | undefined, other: number | undefined): number | undefined =>
	one === undefined ? other : other === undefined ? one : Math.max(one, other);
