/** What the main job found, as one document (the JSON of `--json`) and as a table for people. Pure. */
import { toIso } from "../../shared/job/index.ts";
import { type AnomalySettings, detectionMethods } from "../../shared/jobs/observability/anomaly.ts";
import { type Detection, evaluate, type MethodResult } from "./evaluate.ts";
import type { SeriesPipeline } from "./executions.ts";
import type { Window } from "./series.ts";

export interface SeriesReport {
	readonly series: string;
	readonly pipeline_id: number;
	readonly first_execution_id: number;
	readonly executions: number;
	readonly from: string;
	readonly to: string;
	readonly windows: number;
	readonly methods: Readonly<Record<string, MethodReport>>;
	readonly plot: string;
}

export interface MethodReport {
	readonly hits: number;
	readonly misses: number;
	readonly missed_windows: readonly { readonly from: string; readonly to: string }[];
	readonly anomalous_executions: number;
	readonly false_alarms: number;
	/** Judged executions outside the windows, of which the false alarms are some. */
	readonly quiet_executions: number;
	readonly false_alarms_per_thousand: number;
}

export function reportSeries(
	pipeline: SeriesPipeline,
	detections: readonly Detection[],
	settings: Pick<AnomalySettings, "minimum_history">,
	plot: string,
): SeriesReport {
	const { series, points } = pipeline;
	const evaluated = (method: Detection["method"]): MethodResult =>
		evaluate(method, { points, windows: series.windows, detections, unjudged: settings.minimum_history });
	const [first, last] = [points[0], points.at(-1)];
	return {
		series: series.name,
		pipeline_id: pipeline.pipeline,
		first_execution_id: pipeline.firstExecution,
		executions: points.length,
		from: first === undefined ? "" : toIso(first.at),
		to: last === undefined ? "" : toIso(last.at),
		windows: series.windows.length,
		methods: Object.fromEntries(detectionMethods.map((method) => [method, toMethodReport(evaluated(method))])),
		plot,
	};
}

const toMethodReport = (result: MethodResult): MethodReport => ({
	hits: result.hits,
	misses: result.missed.length,
	missed_windows: result.missed.map(({ from, to }: Window) => ({ from: toIso(from), to: toIso(to) })),
	anomalous_executions: result.detections,
	false_alarms: result.falseAlarms,
	quiet_executions: result.quiet,
	false_alarms_per_thousand: Math.round(result.falseAlarmsPerThousand * 10) / 10,
});

const perThousand = (falseAlarms: number, quiet: number): string =>
	(quiet === 0 ? 0 : (1000 * falseAlarms) / quiet).toFixed(1);

/** One line a series and method, and one for all series together. */
export function formatTable(reports: readonly SeriesReport[]): string {
	const heading = ["series", "executions", "method", "windows", "hits", "misses", "false alarms", "per 1,000"];
	const rows = reports.flatMap((report) =>
		Object.entries(report.methods).map(([method, found], index) => [
			index === 0 ? report.series : "",
			index === 0 ? String(report.executions) : "",
			method,
			String(report.windows),
			String(found.hits),
			String(found.misses),
			String(found.false_alarms),
			found.false_alarms_per_thousand.toFixed(1),
		]),
	);
	const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
	const totals = detectionMethods.map((method, index) => {
		const found = reports.flatMap((report) => report.methods[method] ?? []);
		return [
			index === 0 ? "all" : "",
			index === 0 ? String(sum(reports.map(({ executions }) => executions))) : "",
			method,
			String(sum(reports.map(({ windows }) => windows))),
			String(sum(found.map(({ hits }) => hits))),
			String(sum(found.map(({ misses }) => misses))),
			String(sum(found.map(({ false_alarms }) => false_alarms))),
			perThousand(
				sum(found.map(({ false_alarms }) => false_alarms)),
				sum(found.map(({ quiet_executions }) => quiet_executions)),
			),
		];
	});
	const lines = [heading, ...rows, ...totals];
	const widths = heading.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
	const isText = (column: number): boolean => column === 0 || column === 2;
	const format = (line: readonly string[]): string =>
		line
			.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
			.join("  ")
			.trimEnd();
	const rule = widths.map((width) => "─".repeat(width)).join("  ");
	return [format(heading), rule, ...rows.map(format), rule, ...totals.map(format)].join("\n");
}
