/** A chart's lines from local points, as metric math has them. */
import { describe, expect, it } from "vitest";
import type { LocalEvent } from "../../../local/local-event.ts";
import { evaluateChart } from "../../../local/page/evaluate-series.ts";
import { createMetricStore } from "../../../local/page/metric-store.ts";
import { recordMetrics } from "../../../local/page/record-metrics.ts";
import * as charts from "../../../shared/dashboards/charts.ts";
import { defineQueueClass, defineWorkerGroup } from "../../../shared/job/index.ts";

const groups = [
	{
		...defineWorkerGroup({
			name: "shop",
			queueClasses: [defineQueueClass({ name: "orders", promise: "p" })],
			memoryMb: 1024,
		}),
		invocationsMax: 10,
	},
	{
		...defineWorkerGroup({ name: "office", queueClasses: [defineQueueClass({ name: "mail", promise: "p" })] }),
		invocationsMax: 4,
	},
];

function setup() {
	const store = createMetricStore(() => 1_000_000_000_000);
	const recorder = recordMetrics(store, {
		queues: [],
		groupOf: (functionId) => (functionId === "ShopFunction" ? "shop" : undefined),
		now: () => 1_000_000_000_000,
	});
	recorder.stop();
	const metric = (line: Readonly<Record<string, unknown>>): void =>
		recorder.onEvent({
			type: "metric",
			stack: "S",
			functionId: "ShopFunction",
			metric: { _aws: { Timestamp: 5 }, ...line },
		});
	const lines = (chart: Parameters<typeof evaluateChart>[0]) =>
		Object.fromEntries(
			evaluateChart(chart, store, { count: 1, stepMs: 10_000 }).map(({ label, values }) => [label, values[0]]),
		);
	return { store, recorder, metric, lines };
}

describe("a chart of local points", () => {
	it("sums what the jobs of all groups count, and reckons the share", () => {
		const { metric, lines } = setup();
		metric({ service: "shop", job: "a", RunsSucceeded: 6, RunsFailed: 1 });
		metric({ service: "shop", job: "b", RunsSucceeded: 2 });
		metric({ service: "office", job: "c", RunsSucceeded: 1 });
		metric({ service: "another", job: "c", RunsSucceeded: 50 });
		expect(lines(charts.throughput(groups))).toEqual({
			succeeded: 9,
			failed: 1,
			skipped: undefined,
			revoked: undefined,
		});
		expect(Object.values(lines(charts.successPercent(groups)))).toEqual([90]);
	});

	it("has no share where nothing ended", () => {
		expect(Object.values(setup().lines(charts.successPercent(groups)))).toEqual([undefined]);
	});

	it("shows the slowest job's times, and each job's apart", () => {
		const { metric, lines } = setup();
		metric({ service: "shop", job: "a", RunDuration: [10, 20, 30] });
		metric({ service: "shop", job: "b", RunDuration: 500 });
		expect(lines(charts.durations(groups))).toEqual({ p50: 500, p95: 500, p99: 500 });
		expect(lines(charts.durationByJob(groups, "p50"))).toEqual({ a: 20, b: 500 });
	});

	it("counts failures by class of error and breakers by queue class", () => {
		const { metric, lines } = setup();
		metric({ service: "shop", errorClass: "database", AttemptsFailed: 3 });
		metric({ service: "shop", queueClass: "orders", BreakersOpened: 1 });
		expect(lines(charts.failuresByClass(groups))).toEqual({ database: 3 });
		expect(lines(charts.breakers(groups))).toEqual({ orders: 1 });
	});

	it("reckons what the invocations cost", () => {
		const { store, recorder } = setup();
		const about = { stack: "S", functionId: "ShopFunction", requestId: "r", pid: 1 };
		for (let index = 0; index < 1000; index++) {
			recorder.onEvent({ type: "invocation-started", ...about, messageIds: [] });
			recorder.onEvent({
				type: "invocation-finished",
				...about,
				end: "ok",
				durationMs: 1000,
				records: 1,
				failed: 0,
			} as LocalEvent);
		}
		const cost = Object.fromEntries(
			evaluateChart(charts.costToday(groups), store, undefined).map(({ label, values }) => [label, values[0]]),
		);
		// 1,000 invocations at $0.20 a million, 1,000 GB-seconds at $13.3334 a million.
		expect(cost["Lambda"]).toBeCloseTo(0.0002 + 0.0133334, 9);
		expect(cost["all"]).toBeCloseTo(0.0135334, 9);
		expect(cost["DynamoDB"]).toBeUndefined();
	});
});
