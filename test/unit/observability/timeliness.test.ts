/** Late, still running and missing executions, at nine o'clock. */
import { expect, test } from "vitest";
import { defaultAnomalySettings, type Pipeline } from "../../../lambdas/jobs/observability/store/pipelines.ts";
import { findProblems } from "../../../lambdas/jobs/observability/timeliness.ts";
import { at } from "../../support/observability/setup-store.ts";

const now = at("2026-11-20T09:00:00Z");
const pipeline = (timeliness: Pipeline["timeliness"]): Pipeline => ({
	pipeline: 7,
	registeredAt: at("2026-11-20T00:00:00Z"),
	anomaly: defaultAnomalySettings,
	timeliness,
	tables: [],
});
const finished = (execution: number, start: string, end: string) => ({
	execution,
	pipeline: 7,
	startedAt: at(`2026-11-20T${start}:00Z`),
	endedAt: at(`2026-11-20T${end}:00Z`),
	status: "success" as const,
	metrics: {},
});
const running = (execution: number, start: string) => ({
	execution,
	pipeline: 7,
	startedAt: at(`2026-11-20T${start}:00Z`),
	status: "running" as const,
});
const nothing = { finished: [], running: [], lastEndedAt: undefined };

test("an execution that took longer than allowed is late", () => {
	const activity = { ...nothing, finished: [finished(1, "08:00", "08:30"), finished(2, "08:00", "08:45")] };
	expect(findProblems(pipeline({ max_duration_minutes: 30 }), activity, now)).toEqual([
		{
			problem: "late",
			pipeline_id: 7,
			pipeline_execution_id: 2,
			minutes: 45,
			threshold_minutes: 30,
			overdue_minutes: 15,
		},
	]);
});

test("an execution that takes longer than allowed is still running", () => {
	const activity = { ...nothing, running: [running(3, "08:40"), running(4, "07:00")] };
	expect(findProblems(pipeline({ max_duration_minutes: 30 }), activity, now)).toEqual([
		{
			problem: "still-running",
			pipeline_id: 7,
			pipeline_execution_id: 4,
			minutes: 120,
			threshold_minutes: 30,
			overdue_minutes: 90,
		},
	]);
});

test("a pipeline that finished nothing for longer than its interval is missing", () => {
	const expected = {
		problem: "missing",
		pipeline_id: 7,
		pipeline_execution_id: null,
		minutes: 120,
		threshold_minutes: 60,
		overdue_minutes: 60,
	};
	const hourly = pipeline({ expected_every_minutes: 60 });
	expect(findProblems(hourly, { ...nothing, lastEndedAt: at("2026-11-20T07:00:00Z") }, now)).toEqual([expected]);
	expect(findProblems(hourly, { ...nothing, lastEndedAt: at("2026-11-20T08:00:00Z") }, now)).toEqual([]);
});

test("a pipeline that never finished anything counts from its registration", () => {
	const [problem] = findProblems(pipeline({ expected_every_minutes: 60 }), nothing, now);
	expect(problem?.minutes).toBe(540);
});

test("without thresholds nothing is wrong", () => {
	const activity = { ...nothing, finished: [finished(1, "00:00", "08:59")], running: [running(2, "00:00")] };
	expect(findProblems(pipeline({}), activity, now)).toEqual([]);
});
