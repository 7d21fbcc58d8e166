/** CloudWatch's GetMetricData on the loopback interface, over the numbers that functions of this stack have written since it started. */
import * as z from "zod/mini";
import type { LocalEvent } from "../local-event.ts";
import { type RestServer, startRestServer } from "./rest-server.ts";

export interface MetricServer extends RestServer {
	/** Keeps the numbers of a line in the embedded metric format. */
	note(event: LocalEvent): void;
}

const lineSchema = z.looseObject({
	_aws: z.object({
		Timestamp: z.number(),
		CloudWatchMetrics: z.array(
			z.object({
				Namespace: z.string(),
				Dimensions: z.array(z.array(z.string())),
				Metrics: z.array(z.object({ Name: z.string() })),
			}),
		),
	}),
});

const querySchema = z.object({
	Id: z.string(),
	MetricStat: z.object({
		Metric: z.object({
			Namespace: z.string(),
			MetricName: z.string(),
			Dimensions: z.optional(z.array(z.object({ Name: z.string(), Value: z.string() }))),
		}),
		Period: z.number(),
		Stat: z.string(),
	}),
});
const requestSchema = z.object({
	/** Seconds of the epoch. */
	StartTime: z.number(),
	EndTime: z.number(),
	MetricDataQueries: z.array(querySchema),
});

interface Point {
	readonly atMs: number;
	readonly value: number;
}

/** Nobody asks after more; a stack that stays up for weeks shall not grow by what it counted. */
const KEPT_MS = 2 * 86_400_000;
const POINTS_MAX = 100_000;

const keyOf = (namespace: string, name: string, dimensions: readonly (readonly [string, string])[]): string =>
	JSON.stringify([namespace, name, dimensions.toSorted(([one], [other]) => one.localeCompare(other))]);

export async function startMetricServer(): Promise<MetricServer> {
	const series = new Map<string, Point[]>();

	function put(key: string, points: readonly Point[]): void {
		const kept = series.get(key) ?? [];
		kept.push(...points);
		if (kept.length > POINTS_MAX) kept.splice(0, kept.length - POINTS_MAX);
		while (kept[0] !== undefined && kept[0].atMs < Date.now() - KEPT_MS) kept.shift();
		series.set(key, kept);
	}

	function answerTo({ MetricStat, Id }: z.infer<typeof querySchema>, fromMs: number, toMs: number): object {
		const { Metric, Period, Stat } = MetricStat;
		const dimensions = (Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value] as const);
		const points = series.get(keyOf(Metric.Namespace, Metric.MetricName, dimensions)) ?? [];
		const periods = new Map<number, number[]>();
		for (const { atMs, value } of points) {
			if (atMs < fromMs || atMs >= toMs) continue;
			const start = Math.floor(atMs / 1000 / Period) * Period;
			periods.set(start, [...(periods.get(start) ?? []), value]);
		}
		const newestFirst = [...periods].sort(([one], [other]) => other - one);
		return {
			Id,
			Label: Metric.MetricName,
			StatusCode: "Complete",
			Timestamps: newestFirst.map(([start]) => start),
			Values: newestFirst.map(([, values]) => statistic(Stat, values)),
		};
	}

	const server = await startRestServer(({ headers, body }) => {
		const parsed = requestSchema.safeParse(jsonIn(body));
		if (headers["x-amz-target"]?.endsWith(".GetMetricData") !== true || !parsed.success)
			return {
				status: 400,
				body: { __type: "InvalidParameterValue", message: "Only GetMetricData is answered here." },
			};
		const { StartTime, EndTime, MetricDataQueries } = parsed.data;
		const MetricDataResults = MetricDataQueries.map((query) => answerTo(query, StartTime * 1000, EndTime * 1000));
		return { status: 200, body: { MetricDataResults } };
	});

	return {
		...server,
		note(event) {
			if (event.type !== "metric") return;
			const parsed = lineSchema.safeParse(event.metric);
			if (!parsed.success) return;
			const { _aws, ...fields } = parsed.data;
			for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
				for (const names of Dimensions) {
					const dimensions = names.map((name) => [name, String(fields[name])] as const);
					for (const { Name } of Metrics) {
						const values = [fields[Name]].flat().filter((value) => typeof value === "number");
						put(
							keyOf(Namespace, Name, dimensions),
							values.map((value) => ({ atMs: _aws.Timestamp, value })),
						);
					}
				}
			}
		},
	};
}

function statistic(name: string, values: readonly number[]): number {
	switch (name) {
		case "SampleCount":
			return values.length;
		case "Sum":
			return values.reduce((sum, value) => sum + value, 0);
		case "Minimum":
			return Math.min(...values);
		case "Maximum":
			return Math.max(...values);
		case "Average":
			return values.reduce((sum, value) => sum + value, 0) / values.length;
		default: {
			const [, limit] = /^PR\(:([\d.]+)\)$/.exec(name) ?? [];
			if (limit !== undefined) return (values.filter((value) => value <= Number(limit)).length / values.length) * 100;
			const [, percentile] = /^p([\d.]+)$/.exec(name) ?? [];
			const sorted = values.toSorted((one, other) => one - other);
			return sorted[Math.max(0, Math.ceil((Number(percentile ?? 50) / 100) * sorted.length) - 1)] ?? 0;
		}
	}
}

function jsonIn(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}
