import type { Metrics } from "@aws-lambda-powertools/metrics";
import { expect, it } from "vitest";
import { createWorkerTelemetry } from "../../lambdas/worker/worker-telemetry.ts";

/** What is published, as `job metric value`, and the levels of the lines logged. */
function setup() {
	const published: string[] = [];
	const lines: string[] = [];
	let job = "";
	const metrics = {
		addDimension(_: string, value: string): void {
			job = value;
		},
		addMetric: (name: string, _: string, value: number): void => void published.push(`${job} ${name} ${value}`),
		publishStoredMetrics: (): void => {},
	};
	const line =
		(level: string) =>
		(message: unknown): void =>
			void lines.push(`${level} ${String(message)}`);
	const logger = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
	const telemetry = createWorkerTelemetry(logger, metrics as unknown as Metrics, (name) => name === "sync_metrics");
	return { telemetry, published, lines };
}

it("counts hits and misses of the result cache, and the looks that failed", () => {
	const { telemetry, published, lines } = setup();
	const about = { runId: "r", job: "sync_metrics", attempt: 1 };
	telemetry.emit({ event: "cache.missed", why: "absent", ...about });
	telemetry.emit({ event: "cache.hit", from: "r", ...about, attempt: 0 });
	telemetry.emit({ event: "cache.hit", from: "r", ...about, attempt: 0 });
	telemetry.emit({ event: "cache.failed", what: "fill", why: "throttled", ...about });
	void telemetry.publish();
	expect(published).toEqual(["sync_metrics CacheMisses 1", "sync_metrics CacheHits 2", "sync_metrics CacheFailures 1"]);
	expect(lines.filter((line) => line.startsWith("warn"))).toEqual([
		"warn The result cache could not be reached; going on without it",
	]);
});

it("times what performed, and not what ended without a performance", () => {
	const { telemetry, published } = setup();
	const settled = { event: "run.settled", state: "SUCCESS", runId: "r", job: "sync_metrics" } as const;
	telemetry.emit({ ...settled, attempt: 1, durationMs: 250 });
	telemetry.emit({ ...settled, attempt: 0, durationMs: 0 });
	void telemetry.publish();
	expect(published).toEqual(["sync_metrics RunsSucceeded 2", "sync_metrics RunDuration 250"]);
});

it("counts what a breaker does under its class, once an invocation", () => {
	const { telemetry, published, lines } = setup();
	const queueClass = "observability";
	telemetry.emit({ event: "breaker.opened", queueClass, because: "ApiError: 503", openSeconds: 30 });
	telemetry.emit({ event: "breaker.probed", queueClass, passed: false, nextProbeSeconds: 60 });
	telemetry.emit({ event: "breaker.probed", queueClass, passed: true, nextProbeSeconds: 0 });
	telemetry.emit({ event: "breaker.closed", queueClass, openMs: 90_000 });
	telemetry.emit({ event: "breaker.failed", queueClass, why: "throttled" });
	void telemetry.publish();
	void telemetry.publish();
	expect(published).toEqual([
		"observability BreakersOpened 1",
		"observability BreakerProbesFailed 1",
		"observability BreakerProbesPassed 1",
		"observability BreakersClosed 1",
	]);
	expect(lines.map((line) => line.split(" ")[0])).toEqual(["error", "info", "info", "warn", "warn"]);
});

it("counts failed attempts under the class of their error, retried or not", () => {
	const { telemetry, published } = setup();
	const about = { runId: "r", job: "sync_metrics", attempt: 1, durationMs: 5 };
	const retried = {
		event: "attempt.retried",
		excType: "ApiError",
		excMessage: "503",
		delayMs: 1000,
		...about,
	} as const;
	telemetry.emit({ ...retried, errorClass: "api" });
	telemetry.emit({ ...retried, errorClass: "api" });
	telemetry.emit({ event: "run.settled", state: "FAILURE", errorClass: "validation", ...about });
	telemetry.emit({ event: "run.settled", state: "SUCCESS", ...about });
	void telemetry.publish();
	expect(published.slice(-2)).toEqual(["api AttemptsFailed 2", "validation AttemptsFailed 1"]);
	expect(published).toHaveLength(7);
});
