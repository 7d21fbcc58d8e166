/** A worker's metrics are the lines that Powertools would write. */
import { Metrics } from "@aws-lambda-powertools/metrics";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createMetricLines, type MetricLines } from "../../lambdas/worker/metric-lines.ts";

let lines: unknown[];
beforeEach(() => {
	lines = [];
	vi.useFakeTimers({ now: Date.parse("2026-11-20T09:00:00Z") });
	vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", "Millrace");
	vi.stubEnv("POWERTOOLS_SERVICE_NAME", "mail");
	vi.stubEnv("POWERTOOLS_DEV", undefined);
	vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(JSON.parse(String(text))) > 0);
});
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
	vi.unstubAllEnvs();
});

function write(metrics: MetricLines): void {
	metrics.addDimension("job", "send_mail");
	metrics.addMetric("AttemptsStarted", "Count", 2);
	metrics.addMetric("RunDuration", "Milliseconds", 12);
	metrics.addMetric("RunDuration", "Milliseconds", 7);
	metrics.addMetric("RunDuration", "Milliseconds", 7);
	metrics.publishStoredMetrics();
	metrics.addDimension("queueClass", "mail");
	metrics.addMetric("BreakersOpened", "Count", 1);
	metrics.publishStoredMetrics();
}

it("says the same in the same lines", () => {
	write(createMetricLines(process.env));
	const ours = lines.splice(0);
	write(new Metrics());
	expect(ours).toEqual(lines);
	expect(ours).toEqual([
		{
			_aws: {
				Timestamp: 1_795_165_200_000,
				CloudWatchMetrics: [
					{
						Namespace: "Millrace",
						Dimensions: [["service", "job"]],
						Metrics: [
							{ Name: "AttemptsStarted", Unit: "Count" },
							{ Name: "RunDuration", Unit: "Milliseconds" },
						],
					},
				],
			},
			service: "mail",
			job: "send_mail",
			AttemptsStarted: 2,
			RunDuration: [12, 7, 7],
		},
		{
			_aws: {
				Timestamp: 1_795_165_200_000,
				CloudWatchMetrics: [
					{
						Namespace: "Millrace",
						Dimensions: [["service", "queueClass"]],
						Metrics: [{ Name: "BreakersOpened", Unit: "Count" }],
					},
				],
			},
			service: "mail",
			queueClass: "mail",
			BreakersOpened: 1,
		},
	]);
});

it("writes no line without a metric", () => {
	const metrics = createMetricLines(process.env);
	metrics.addDimension("job", "send_mail");
	metrics.publishStoredMetrics();
	metrics.addMetric("AttemptsStarted", "Count", 1);
	metrics.publishStoredMetrics();
	expect(lines).toEqual([
		expect.objectContaining({ service: "mail", AttemptsStarted: 1, _aws: expect.objectContaining({}) }),
	]);
	expect(lines[0]).not.toHaveProperty("job");
});
