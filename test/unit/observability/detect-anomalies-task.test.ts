/** The anomaly check of one execution: what it compares with, what it keeps, and when it can't judge. */
import { describe, expect, test } from "vitest";
import { detectAnomalies } from "../../../lambdas/jobs/observability/detect-anomalies-task.ts";
import { defaultAnomalySettings } from "../../../lambdas/jobs/observability/store/pipelines.ts";
import { epochMs } from "../../../shared/job/index.ts";
import { outcomeKind } from "../../../shared/job/outcome.ts";
import { recordContext } from "../../support/job-context.ts";
import { at, minutesAfter, setupStore } from "../../support/observability/setup-store.ts";

const start = at("2026-11-20T00:00:00Z");

/** A pipeline whose n-th execution (from 1) ends n minutes after the start with rows as its only metric. */
async function setup(rows: readonly number[], settings: Partial<typeof defaultAnomalySettings> = {}) {
	const world = setupStore();
	const { store } = world;
	await store.pipelines.save({
		pipeline: 1,
		registeredAt: start,
		anomaly: { ...defaultAnomalySettings, minimum_history: 3, ...settings },
		timeliness: {},
		tables: [],
	});
	const record = (execution: number, value: number, status: "success" | "failure" = "success") =>
		store.executions.record({
			execution,
			pipeline: 1,
			startedAt: minutesAfter(start, execution - 1),
			endedAt: minutesAfter(start, execution),
			status,
			metrics: { rows: value },
		});
	for (const [index, value] of rows.entries()) await record(index + 1, value);
	const check = (execution: number, given = recordContext()) =>
		detectAnomalies(store)({ pipeline_id: 1, pipeline_execution_id: execution }, given.context);
	const stored = () => store.anomalies.list(1, epochMs(0), minutesAfter(start, 1e6));
	return { ...world, record, check, stored };
}

describe("a check", () => {
	test("takes no member of a JavaScript object for an earlier value of a metric that is called like it", async () => {
		const { check, store } = await setup([100, 110, 90]);
		await store.executions.record({
			execution: 4,
			pipeline: 1,
			startedAt: minutesAfter(start, 3),
			endedAt: minutesAfter(start, 4),
			status: "success",
			metrics: { constructor: 5, toString: 6 },
		});
		expect(await check(4)).toMatchObject({ history: 3, anomalies: [], not_judged: ["constructor", "toString"] });
	});

	test("judges an execution against those that ended before it, and keeps what it finds", async () => {
		const { check, stored } = await setup([100, 110, 90, 100, 500, 100]);
		const context = recordContext();
		// Mean 100, deviation 8.164965…, so 500 is 48.98 away; the sixth execution is not looked at.
		const anomaly = {
			metric: "rows",
			method: "z-score",
			severity: "critical",
			value: 500,
			expected: 100,
			score: expect.closeTo(48.98979, 4),
		};
		expect(await check(5, context)).toEqual({
			pipeline_id: 1,
			pipeline_execution_id: 5,
			history: 4,
			anomalies: [anomaly],
			not_judged: [],
		});
		expect(await stored()).toEqual([
			{ pipeline: 1, execution: 5, endedAt: at("2026-11-20T00:05:00Z"), anomalies: [anomaly] },
		]);
		expect(context.logged).toEqual(["warn: Anomalies found"]);
		expect(context.progress.at(-1)).toEqual({ current_step: "Calculating scores", progress: 75 });
	});

	test("writes nothing when nothing is found, and makes two requests", async () => {
		const { check, stored, table } = await setup([100, 110, 90, 100]);
		const before = table.requests;
		expect(await check(4)).toMatchObject({ history: 3, anomalies: [] });
		expect(table.requests - before).toBe(2);
		expect(await stored()).toEqual([]);
	});

	test("looks no further back than the window", async () => {
		const { check } = await setup([1, 1, 1, 1, 100, 110, 90, 100, 105, 95], { window: 5 });
		expect(await check(10)).toMatchObject({ history: 5, anomalies: [] });
	});

	test("passes over executions that failed, also many of them", async () => {
		const { check, record } = await setup([100, 110, 90, 105, 95], { window: 5 });
		for (let execution = 6; execution < 20; execution++) await record(execution, 0, "failure");
		await record(20, 300);
		expect(await check(20)).toMatchObject({ history: 5, anomalies: [{ expected: 100 }] });
	});

	test("does not judge a metric with too short a history", async () => {
		const { check } = await setup([100, 110]);
		expect(await check(2)).toMatchObject({ history: 1, anomalies: [], not_judged: ["rows"] });
	});

	test("uses the defaults for a pipeline that was never registered", async () => {
		const { store } = setupStore();
		for (let execution = 1; execution <= 32; execution++) {
			await store.executions.record({
				execution,
				pipeline: 9,
				startedAt: start,
				endedAt: minutesAfter(start, execution),
				status: "success",
				metrics: { rows: execution === 32 ? 9 : 5 + (execution % 2) / 10 },
			});
		}
		const perform = detectAnomalies(store);
		expect(await perform({ pipeline_id: 9, pipeline_execution_id: 30 }, recordContext().context)).toMatchObject({
			not_judged: ["rows"],
		});
		expect(await perform({ pipeline_id: 9, pipeline_execution_id: 32 }, recordContext().context)).toMatchObject({
			anomalies: [{ value: 9, severity: "critical" }],
		});
	});

	test("takes back what an earlier check found, once it is none any more", async () => {
		const { check, record, stored, store } = await setup([100, 101, 99]);
		await record(9, 150);
		await check(9);
		expect(await stored()).toHaveLength(1);
		// Recorded late: these ended before, and show that such values are usual.
		await record(4, 150);
		await record(5, 50);
		await record(6, 150);
		expect(await check(9)).toMatchObject({ history: 6, anomalies: [] });
		expect(await stored()).toEqual([]);
		expect((await store.executions.lastFinished(1))?.anomalyCount).toBe(0);
	});
});

describe("a check that can't judge", () => {
	test("is tried again while the execution is not recorded", async () => {
		const { check } = await setup([]);
		await expect(check(1)).rejects.toMatchObject({
			errorClass: "validation",
			retryable: true,
			message: "Execution 1 is not recorded (yet).",
		});
	});

	test("is tried again while the execution runs", async () => {
		const { check, store } = await setup([]);
		await store.executions.record({ execution: 1, pipeline: 1, startedAt: start, status: "running" });
		await expect(check(1)).rejects.toMatchObject({ retryable: true, message: "Execution 1 still runs." });
	});

	test("fails for good when the execution is another pipeline's", async () => {
		const { store } = await setup([100]);
		const perform = detectAnomalies(store)({ pipeline_id: 2, pipeline_execution_id: 1 }, recordContext().context);
		await expect(perform).rejects.toMatchObject({
			errorClass: "validation",
			retryable: undefined,
			message: "Execution 1 belongs to pipeline 1; got pipeline_id 2.",
		});
	});

	test("is skipped for an execution that did not succeed", async () => {
		const { check, record } = await setup([]);
		await record(1, 5, "failure");
		const outcome = await check(1);
		expect(typeof outcome === "object" && "history" in outcome ? "result" : outcomeKind(outcome)).toBe("skip");
	});
});
