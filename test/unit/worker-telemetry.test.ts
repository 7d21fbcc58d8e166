import type { Metrics } from "@aws-lambda-powertools/metrics";
import { describe, expect, it } from "vitest";
import { createWorkerTelemetry } from "../../lambdas/worker/worker-telemetry.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import type { TelemetryEvent } from "../../shared/ports/telemetry.ts";

/** What is published, as `dimensions metric value`, of jobs and of the group; and the levels of the lines logged. */
function setup() {
	const published: string[] = [];
	const group: string[] = [];
	const lines: string[] = [];
	let by: string[] = [];
	const metrics = {
		addDimension(_: string, value: string): void {
			by.push(value);
		},
		addMetric(name: string, _: string, value: number): void {
			if (by.length === 0) group.push(`${name} ${value}`);
			else published.push([...by, name, value].join(" "));
		},
		publishStoredMetrics(): void {
			by = [];
		},
	};
	const line =
		(level: string) =>
		(message: unknown): void =>
			void lines.push(`${level} ${String(message)}`);
	const logger = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
	const telemetry = createWorkerTelemetry(logger, metrics as unknown as Metrics, (name) => name === "sync_metrics");
	return { telemetry, published, group, lines };
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
	expect(published.slice(-3)).toEqual([
		"api AttemptsFailed 2",
		"validation AttemptsFailed 1",
		"sync_metrics validation FailedRunsByClass 1",
	]);
	expect(published).toHaveLength(8);
});

it("counts runs that failed for good by job and class of error, a stranger's job under none", () => {
	const { telemetry, published } = setup();
	const failed = { event: "run.settled", state: "FAILURE", runId: "r", attempt: 1, durationMs: 5 } as const;
	telemetry.emit({ ...failed, job: "sync_metrics", errorClass: "api" });
	telemetry.emit({ ...failed, job: "sync_metrics", errorClass: "api" });
	telemetry.emit({ ...failed, job: "sync_metrics" });
	telemetry.emit({ ...failed, job: "<script>", errorClass: "api" });
	void telemetry.publish();
	void telemetry.publish();
	expect(published.filter((line) => line.includes("FailedRunsByClass"))).toEqual([
		"sync_metrics api FailedRunsByClass 2",
		"sync_metrics unknown FailedRunsByClass 1",
		"(unknown) api FailedRunsByClass 1",
	]);
});

it("counts a refusal that ended a run among the runs that failed, and one that ended none not", () => {
	const { telemetry, published, group } = setup();
	const refused = { event: "message.refused", messageId: "m", reason: "invalid-input", problem: "n" } as const;
	for (const runId of ["a", "b", "c"]) telemetry.emit({ ...refused, runId, job: "sync_metrics", ended: true });
	telemetry.emit({ ...refused, runId: "c", job: "sync_metrics", ended: false });
	telemetry.emit({ ...refused, ended: true });
	void telemetry.publish();
	expect(published).toEqual([
		"sync_metrics MessagesRefused 4",
		"sync_metrics RunsFailed 3",
		"(unknown) MessagesRefused 1",
		"(unknown) RunsFailed 1",
		"sync_metrics validation FailedRunsByClass 3",
		"(unknown) validation FailedRunsByClass 1",
	]);
	expect(group).toEqual(["GroupRunsActive 0", "GroupRunsSucceeded 0", "GroupRunsFailed 4"]);
});

it("counts ticks that were taken, skipped or not", () => {
	const { telemetry, published } = setup();
	const tick = { schedule: "nightly", job: "sync_metrics" };
	telemetry.emit({ event: "tick.admitted", ...tick });
	telemetry.emit({ event: "tick.skipped", ...tick, why: "overlap" });
	void telemetry.publish();
	expect(published).toEqual(["sync_metrics TicksTaken 2", "sync_metrics TicksSkipped 1"]);
});

describe("of its group an invocation tells", () => {
	const about = (runId: string) => ({ runId, job: "sync_metrics", attempt: 1 });
	const started = (runId: string) => ({ event: "attempt.started", ...about(runId) }) as const;
	const settled = (runId: string, state: "SUCCESS" | "FAILURE" | "SKIPPED") =>
		({ event: "run.settled", state, durationMs: 5, ...about(runId) }) as const;

	it("how many runs performed at the same time at most, and how many succeeded and failed", () => {
		const { telemetry, group } = setup();
		for (const runId of ["a", "b"]) telemetry.emit(started(runId));
		telemetry.emit(settled("a", "SUCCESS"));
		telemetry.emit(started("c"));
		telemetry.emit(settled("b", "FAILURE"));
		telemetry.emit(settled("c", "SUCCESS"));
		void telemetry.publish();
		expect(group).toEqual(["GroupRunsActive 2", "GroupRunsSucceeded 2", "GroupRunsFailed 1"]);
	});

	it.each<TelemetryEvent>([
		{
			...{ event: "attempt.retried" as const, errorClass: "api" as const, excType: "E", excMessage: "m" },
			...{ delayMs: 1, durationMs: 1, ...about("a") },
		},
		{ event: "leg.ended", leg: 1, ...about("a") },
		{ event: "run.deferred", why: "rate", delaySeconds: 1, ...about("a") },
		{ event: "fence.lost", ...about("a") },
		{ event: "message.kept", messageId: "m-a", why: "the store failed" },
	])("nothing more of a run after $event", (ended) => {
		const { telemetry, group } = setup();
		telemetry.follow?.({
			...about("a"),
			...{ queueClass: "q", messageId: "m-a", sentAt: epochMs(0), tenant: undefined },
			traceId: () => "t",
		});
		telemetry.emit(started("a"));
		telemetry.emit(ended);
		telemetry.emit(started("b"));
		void telemetry.publish();
		expect(group[0]).toBe("GroupRunsActive 1");
	});

	it("what the slots of an exact cap say of all its workers, where there is one", () => {
		const { telemetry, group } = setup();
		telemetry.emit({ event: "places.taken", group: "shop", performing: 4 });
		telemetry.emit(started("a"));
		telemetry.emit({ event: "places.taken", group: "shop", performing: 2 });
		void telemetry.publish();
		expect(group).toEqual(["GroupRunsActive 4", "GroupRunsSucceeded 0", "GroupRunsFailed 0"]);
	});

	it("nothing, where no run began or ended; and each number once", () => {
		const { telemetry, group } = setup();
		telemetry.emit(settled("a", "SKIPPED"));
		void telemetry.publish();
		expect(group).toEqual([]);
		telemetry.emit(settled("a", "SUCCESS"));
		void telemetry.publish();
		void telemetry.publish();
		expect(group).toHaveLength(3);
	});
});
