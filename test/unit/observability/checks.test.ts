/** Freshness and timeliness checks as jobs: from registration and recording to open and resolved alerts. */
import { describe, expect, test } from "vitest";
import { checkFreshness } from "../../../lambdas/jobs/observability/freshness-check-task.ts";
import { recordPipelineExecution } from "../../../lambdas/jobs/observability/pipeline-execution-record-task.ts";
import { registerPipeline } from "../../../lambdas/jobs/observability/pipeline-register-task.ts";
import { checkTimeliness } from "../../../lambdas/jobs/observability/timeliness-check-task.ts";
import { timelinessCheckTask } from "../../../shared/jobs/observability/timeliness-check-task.ts";
import { recordContext } from "../../support/job-context.ts";
import { at, setupStore } from "../../support/observability/setup-store.ts";

describe("the freshness check", () => {
	async function setup() {
		const world = setupStore("2026-11-20T00:00:00Z");
		const { store } = world;
		const register = (tables: readonly { table: string; insert_age_minutes?: number; update_age_minutes?: number }[]) =>
			registerPipeline(store)({ pipeline_id: 1, tables: [...tables] }, recordContext().context);
		await register([{ table: "orders", insert_age_minutes: 60 }, { table: "customers" }]);
		await store.tables.changed("orders", "insert", at("2026-11-20T08:00:00Z"));
		const check = () => checkFreshness(store)({}, recordContext().context);
		return { ...world, register, check };
	}

	test("opens an alert for what is stale and resolves it when it is fresh again", async () => {
		const { store, setNow, check } = await setup();
		setNow("2026-11-20T09:30:00Z");
		expect(await check()).toEqual({
			checked: 1,
			stale_count: 1,
			resolved_count: 0,
			stale: [
				{
					table: "orders",
					change: "insert",
					last_at: "2026-11-20T08:00:00.000Z",
					age_minutes: 90,
					expected_age_minutes: 60,
					overdue_minutes: 30,
				},
			],
		});
		setNow("2026-11-20T09:40:00Z");
		await check();
		expect(await store.alerts.list("freshness")).toEqual([
			{
				key: "orders#insert",
				openedAt: at("2026-11-20T09:30:00Z"),
				details: {
					table: "orders",
					change: "insert",
					last_at: "2026-11-20T08:00:00.000Z",
					expected_age_minutes: 60,
				},
			},
		]);
		await store.tables.changed("orders", "insert", at("2026-11-20T09:45:00Z"));
		setNow("2026-11-20T09:50:00Z");
		expect(await check()).toEqual({ checked: 1, stale_count: 0, resolved_count: 1, stale: [] });
		expect(await store.alerts.list("freshness")).toEqual([]);
	});

	test("counts the age of a change that never happened from when it was watched for, and not from an earlier wish", async () => {
		const { setNow, register, check } = await setup();
		setNow("2026-11-21T00:00:00Z");
		// The table has been known since the day before; its updates are watched from now on.
		await register([{ table: "orders", update_age_minutes: 60 }]);
		setNow("2026-11-21T01:00:00Z");
		expect(await check()).toMatchObject({ checked: 1, stale_count: 0 });
		// Said again, it does not begin anew.
		await register([{ table: "orders", update_age_minutes: 90 }]);
		setNow("2026-11-21T01:31:00Z");
		expect(await check()).toMatchObject({ stale: [{ change: "update", age_minutes: 91, overdue_minutes: 1 }] });
	});

	test("watches a table for as long as any pipeline expects something of it, at the least age", async () => {
		const { store, setNow, register, check } = await setup();
		const other = (tables: readonly { table: string; insert_age_minutes?: number }[]) =>
			registerPipeline(store)({ pipeline_id: 2, tables: [...tables] }, recordContext().context);
		await other([{ table: "orders", insert_age_minutes: 120 }]);
		setNow("2026-11-20T09:30:00Z");
		expect(await check()).toMatchObject({ checked: 1, stale: [{ table: "orders", expected_age_minutes: 60 }] });
		await register([]);
		expect(await check()).toMatchObject({ checked: 1, stale_count: 0 });
		setNow("2026-11-20T10:30:00Z");
		expect(await check()).toMatchObject({ checked: 1, stale: [{ table: "orders", expected_age_minutes: 120 }] });
		await other([]);
		expect(await check()).toMatchObject({ checked: 0, stale_count: 0 });
	});

	test("is not silenced by a change that is dated into the future", async () => {
		const { store, setNow, check } = await setup();
		setNow("2026-11-20T08:30:00Z");
		await recordPipelineExecution(store)(
			{
				pipeline_id: 1,
				pipeline_execution_id: 5,
				status: "failure",
				started_at: "2026-11-20T08:20:00Z",
				ended_at: "2027-11-20T08:30:00Z",
				metrics: {},
				tables: [{ table: "orders", inserted: 3 }],
			},
			recordContext().context,
		);
		setNow("2026-11-20T09:31:00Z");
		expect(await check()).toMatchObject({ stale: [{ table: "orders", last_at: "2026-11-20T08:30:00.000Z" }] });
	});

	test("watches a table no more when its pipeline no longer names it", async () => {
		const { setNow, register, check } = await setup();
		await register([]);
		setNow("2026-11-21T00:00:00Z");
		expect(await check()).toMatchObject({ checked: 0, stale_count: 0 });
	});
});

describe("the timeliness check", () => {
	async function setup() {
		const world = setupStore("2026-11-20T00:00:00Z");
		const { store, setNow } = world;
		await registerPipeline(store)(
			{ pipeline_id: 1, timeliness: { max_duration_minutes: 10, expected_every_minutes: 60 } },
			recordContext().context,
		);
		await registerPipeline(store)({ pipeline_id: 2 }, recordContext().context);
		const finished = (execution: number, pipeline: number, start: string, end: string) =>
			store.executions.record({
				execution,
				pipeline,
				startedAt: at(start),
				endedAt: at(end),
				status: "success",
				metrics: {},
			});
		const check = (input: { lookback_minutes?: number } = {}) =>
			checkTimeliness(store)(timelinessCheckTask.input.parse(input), recordContext().context);
		setNow("2026-11-20T09:00:00Z");
		return { ...world, finished, check };
	}

	test("finds what took too long inside the lookback of 60 minutes, whenever it started", async () => {
		const { finished, check } = await setup();
		await finished(1, 1, "2026-11-20T06:00:00Z", "2026-11-20T08:30:00Z");
		await finished(2, 1, "2026-11-20T07:00:00Z", "2026-11-20T07:59:00Z");
		await finished(3, 2, "2026-11-20T00:00:00Z", "2026-11-20T08:59:00Z");
		expect(await check()).toEqual({
			pipelines: 1,
			executions: 1,
			problem_count: 1,
			resolved_count: 0,
			problems: [
				{
					problem: "late",
					pipeline_id: 1,
					pipeline_execution_id: 1,
					minutes: 150,
					threshold_minutes: 10,
					overdue_minutes: 140,
				},
			],
		});
		expect(await check({ lookback_minutes: 120 })).toMatchObject({ executions: 2, problem_count: 2 });
	});

	test("is not silenced by an execution that is dated into the future: it has been seen to begin", async () => {
		const { finished, check, setNow } = await setup();
		await finished(1, 1, "2026-11-20T07:00:00Z", "2026-11-20T07:05:00Z");
		await finished(2, 1, "2026-11-20T08:10:00Z", "2027-11-20T08:15:00Z");
		expect(await check()).toMatchObject({ problem_count: 0 });
		setNow("2026-11-20T09:11:00Z");
		expect(await check()).toMatchObject({ problems: [{ problem: "missing", minutes: 61 }] });
		await finished(3, 1, "2027-11-21T08:10:00Z", "2027-11-21T08:15:00Z");
		expect(await check()).toMatchObject({ problems: [{ problem: "missing", minutes: 126 }] });
		await finished(4, 1, "2026-11-20T09:10:30Z", "2026-11-20T09:10:50Z");
		expect(await check()).toMatchObject({ problem_count: 0 });
	});

	test("finds what still runs and what is missing, and resolves both", async () => {
		const { store, finished, check, setNow } = await setup();
		await store.executions.record({
			execution: 1,
			pipeline: 1,
			startedAt: at("2026-11-20T08:00:00Z"),
			status: "running",
		});
		const found = await check();
		expect(found).toMatchObject({ executions: 1, problem_count: 2 });
		expect((await store.alerts.list("timeliness")).map(({ key }) => key)).toEqual(["1#missing#-", "1#still-running#1"]);
		await finished(1, 1, "2026-11-20T08:00:00Z", "2026-11-20T09:01:00Z");
		setNow("2026-11-20T09:02:00Z");
		expect(await check()).toMatchObject({ problem_count: 1, resolved_count: 2, problems: [{ problem: "late" }] });
		setNow("2026-11-20T10:02:00Z");
		expect(await check()).toMatchObject({
			executions: 0,
			problem_count: 1,
			problems: [{ problem: "missing", minutes: 61 }],
		});
	});
});
