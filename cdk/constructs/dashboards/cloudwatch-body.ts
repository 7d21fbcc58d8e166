/**
 * A described dashboard as CloudWatch's JSON ("dashboard body"). Dimensions that are to be summed are found by SEARCH, so that a job that is
 * added shows without a deploy of the dashboard; everything else is named by what the template knows.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html (2026-11-21)
 */
import type {
	ChartWidget,
	Dashboard,
	Expression,
	Measure,
	Series,
	Widget,
} from "../../../shared/dashboards/dashboard.ts";

/** What only the template knows; texts with tokens. */
export interface DeployedNames {
	readonly region: string;
	/** Of the platform's own metrics. */
	readonly metricsNamespace: string;
	queueName(queueClass: string, queue: "main" | "dead-letter"): string;
	functionName(group: string): string;
	readonly tableName: string;
	readonly indexName: string;
	readonly scheduleGroup: string;
	/** Of a dashboard that is described under this name. */
	dashboardName(name: string): string;
	readonly widgetsArn: string;
	/** ARNs, of all or of those about one worker group. */
	alarmArns(group: string | undefined): readonly string[];
}

type MetricRow = readonly unknown[];

/** One point a minute, which is as fine as SQS and Lambda tell; CloudWatch makes longer ranges coarser by itself. */
const PERIOD_SECONDS = 60;
const SECONDS_PER_HOUR = 3600;

export const cloudWatchBody = (dashboard: Dashboard, names: DeployedNames): object => ({
	widgets: dashboard.widgets.map((widget) => ({ ...shapeOf(widget, names), ...widget.place })),
});

function shapeOf(widget: Widget, names: DeployedNames): object {
	switch (widget.kind) {
		case "text":
			return { type: "text", properties: { markdown: markdownOf(widget, names), background: "transparent" } };
		case "alarms":
			return { type: "alarm", properties: { title: widget.title, alarms: names.alarmArns(widget.group) } };
		case "custom":
			return {
				type: "custom",
				properties: {
					title: widget.title,
					endpoint: names.widgetsArn,
					params: { widget: widget.widget, ...widget.parameters },
					// A page that somebody left open should not go on calling for every change of the time range.
					updateOn: { refresh: true, resize: false, timeRange: false },
				},
			};
		case "chart":
			return { type: "metric", properties: chartOf(widget, names) };
	}
}

function markdownOf({ text, links }: Extract<Widget, { kind: "text" }>, names: DeployedNames): string {
	const buttons = links.map(
		({ label, dashboard }) => `[button:${label}](#dashboards/dashboard/${names.dashboardName(dashboard)})`,
	);
	return [text, buttons.join(" ")].join("\n\n");
}

function chartOf(chart: ChartWidget, names: DeployedNames): object {
	const { title, view, series, levels = [], hours, unit } = chart;
	return {
		title,
		region: names.region,
		period: PERIOD_SECONDS,
		view: view === "numbers" ? "singleValue" : "timeSeries",
		stacked: view === "stacked",
		metrics: rowsOf(series, names),
		...(view === "numbers" ? { setPeriodToTimeRange: true, stat: "Sum" } : { yAxis: { left: axisOf(unit) } }),
		...(hours === undefined ? {} : { start: `-PT${hours}H`, period: hours * SECONDS_PER_HOUR }),
		...(levels.length === 0 ? {} : { annotations: { horizontal: levels } }),
	};
}

function axisOf(unit: ChartWidget["unit"]): object {
	const bounds = unit === "percent" ? { min: 0, max: 100 } : { min: 0 };
	return unit === undefined || unit === "count" ? bounds : { ...bounds, label: unit, showUnits: false };
}

/** Metrics that are only reckoned with come hidden, under ids m1, m2 …; what is drawn is an expression. */
function rowsOf(series: readonly Series[], names: DeployedNames): readonly MetricRow[] {
	const hidden: MetricRow[] = [];
	const ids = new Map<string, string>();
	function idOf(measure: Measure): string {
		const key = JSON.stringify(measure);
		const known = ids.get(key);
		if (known !== undefined) return known;
		const id = `m${ids.size + 1}`;
		ids.set(key, id);
		for (const row of metricRows(measure, names, id)) hidden.push(row);
		return id;
	}
	const drawn = series.map((one, index): MetricRow => {
		if ("each" in one) return [{ expression: searchOf(one.each, names), id: `e${index + 1}`, label: one.label ?? "" }];
		return [{ expression: textOf(one.value, idOf, names), id: `e${index + 1}`, label: one.label }];
	});
	return [...hidden, ...drawn];
}

/** The metric math of an expression. */
function textOf(expression: Expression, idOf: (measure: Measure) => string, names: DeployedNames): string {
	const textIn = (part: Expression): string => textOf(part, idOf, names);
	if ("sum" in expression) {
		return expression.sum.length === 0 ? "0" : `(${expression.sum.map(textIn).join(" + ")})`;
	}
	if ("scaled" in expression) return `(${textIn(expression.scaled)} * ${factorText(expression.by)})`;
	if ("percent" in expression) return `(100 * ${textIn(expression.percent)} / ${textIn(expression.outOf)})`;
	const { measure, join = "sum" } = expression;
	if (measure.of === "platform")
		return `${join === "sum" ? "FILL(SUM" : "(MAX"}(${searchOf(measure, names)})${join === "sum" ? ", 0)" : ")"}`;
	if (measure.of === "table") {
		const id = idOf(measure);
		return `(FILL(${id}, 0) + FILL(${id}i, 0))`;
	}
	return `FILL(${idOf(measure)}, 0)`;
}

/** Written out, since metric math knows no exponents. */
const factorText = (factor: number): string => factor.toFixed(14).replace(/\.?0+$/, "");

/** A namespace with anything but letters and digits is quoted there. */
function searchOf(
	{ metric, statistic, services, by }: Measure & { readonly of: "platform" },
	names: DeployedNames,
): string {
	const dimensions = [`"${names.metricsNamespace}"`, "service", ...(by === undefined ? [] : [by])].join(",");
	const wanted = services.map((service) => `service="${service}"`).join(" OR ");
	const term = `{${dimensions}} MetricName="${metric}" AND (${wanted})`;
	return `SEARCH('${term}', '${statistic}')`;
}

function metricRows(measure: Measure, names: DeployedNames, id: string): readonly MetricRow[] {
	const row = (namespace: string, metric: string, dimensions: readonly string[], stat: string, as = id): MetricRow => [
		namespace,
		metric,
		...dimensions,
		{ id: as, stat, visible: false },
	];
	switch (measure.of) {
		case "platform":
			return [];
		case "queue": {
			const { metric, statistic, queueClass, queue } = measure;
			return [row("AWS/SQS", metric, ["QueueName", names.queueName(queueClass, queue)], statistic)];
		}
		case "function":
			return [
				row("AWS/Lambda", measure.metric, ["FunctionName", names.functionName(measure.group)], measure.statistic),
			];
		case "table": {
			const table = ["TableName", names.tableName];
			return [
				row("AWS/DynamoDB", measure.metric, table, "Sum"),
				row("AWS/DynamoDB", measure.metric, [...table, "GlobalSecondaryIndexName", names.indexName], "Sum", `${id}i`),
			];
		}
		case "schedules":
			return [row("AWS/Scheduler", measure.metric, ["ScheduleGroup", names.scheduleGroup], "Sum")];
	}
}
