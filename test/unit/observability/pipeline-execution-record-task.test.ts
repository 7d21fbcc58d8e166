/** Recording executions: what is kept, what follows, and what contradicts what was recorded before. */
import { describe, expect, test } from "vitest";
import { recordPipelineExecution } from "../../../lambdas/jobs/observability/pipeline-execution-record-task.ts";
import { registerPipeline } from "../../../lambdas/jobs/observability/pipeline-register-task.ts";
import type { JobInput } from "../../../shared/job/index.ts";
import { anomalySettingsSchema } from "../../../shared/jobs/observability/anomaly.ts";
import { pipelineExecutionRecordTask } from "../../../shared/jobs/observability/pipeline-execution-record-task.ts";
import { recordContext } from "../../support/job-context.ts";
import { at, setupStore } from "../../support/observability/setup-store.ts";

type Input = JobInput<typeof pipelineExecutionRecordTask>;

const success: Input = {
	pipeline_id: 1,
	pipeline_execution_id: 10,
	started_at: "2026-11-20T08:00:00Z",
	ended_at: "2026-11-20T08:05:00Z",
	status: "success",
	metrics: { rows: 7 },
};
const { ended_at: _, ...begun } = success;
const running: Input = { ...begun, status: "running", metrics: {} };

function setup() {
	const world = setupStore();
	const record = async (input: Input) => {
		const { context, enqueued } = recordContext();
		const result = await recordPipelineExecution(world.store)(pipelineExecutionRecordTask.input.parse(input), context);
		return { result, enqueued };
	};
	return { ...world, record };
}

describe("a successful execution", () => {
	test("has its anomalies checked a little later, once", async () => {
		const { record } = setup();
		const { result, enqueued } = await record(success);
		expect(enqueued).toEqual([
			{
				job: "detect_anomalies_task",
				input: { pipeline_id: 1, pipeline_execution_id: 10 },
				key: "1:10",
				delaySeconds: 5,
			},
		]);
		expect(result).toEqual({ pipeline_id: 1, pipeline_execution_id: 10, anomaly_check: "enqueued-1" });
	});

	test("waits as long for the check as its pipeline says", async () => {
		const { record, store } = setup();
		const anomaly = anomalySettingsSchema.parse({ delay_seconds: 90 });
		await registerPipeline(store)({ pipeline_id: 1, anomaly }, recordContext().context);
		expect((await record(success)).enqueued[0]?.delaySeconds).toBe(90);
	});

	test("joins the hierarchy when it has a parent", async () => {
		const { record } = setup();
		const { result, enqueued } = await record({ ...success, parent_id: 9 });
		expect(enqueued[1]).toEqual({
			job: "pipeline_execution_closure_maintain_task",
			input: { execution_id: 10, parent_id: 9 },
			key: undefined,
			delaySeconds: 0,
		});
		expect(result).toMatchObject({ closure_maintenance: "enqueued-2" });
	});

	test("recorded twice is there once", async () => {
		const { record, store } = setup();
		await record(success);
		await record(success);
		const found = await store.executions.finishedBetween(1, at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z"));
		expect(found).toEqual([
			{
				execution: 10,
				pipeline: 1,
				startedAt: at("2026-11-20T08:00:00Z"),
				endedAt: at("2026-11-20T08:05:00Z"),
				status: "success",
				metrics: { rows: 7 },
				anomalyCount: 0,
			},
		]);
	});
});

describe("an execution that runs", () => {
	test("is among the running ones until it ends", async () => {
		const { record, store } = setup();
		expect((await record(running)).enqueued).toEqual([]);
		expect(await store.executions.running()).toEqual([
			{ execution: 10, pipeline: 1, startedAt: at("2026-11-20T08:00:00Z"), status: "running" },
		]);
		await record(success);
		expect(await store.executions.running()).toEqual([]);
	});

	test("stays ended when the message of its begin comes late", async () => {
		const { record, store } = setup();
		await record(success);
		await record(running);
		expect(await store.executions.running()).toEqual([]);
		expect((await store.executions.find(10))?.status).toBe("success");
	});

	test("is removed from the running ones when the two messages crossed half-way", async () => {
		const { record, store, table } = setup();
		await record(running);
		const left = [...table.items.values()].find((item) => item.pk === "RUNNING");
		await record(success);
		if (left !== undefined) await table.put(left);
		expect(await store.executions.running()).toEqual([]);
		expect([...table.items.values()].filter((item) => item.pk === "RUNNING")).toEqual([]);
	});
});

test("a failed execution is recorded and not checked", async () => {
	const { record, store } = setup();
	expect((await record({ ...success, status: "failure" })).enqueued).toEqual([]);
	expect((await store.executions.find(10))?.status).toBe("failure");
});

describe("a contradiction is refused for good", () => {
	test.each<[string, Partial<Input>]>([
		["pipeline 1; got 2", { pipeline_id: 2 }],
		["started_at 2026-11-20T08:00:00.000Z; got 2026-11-20T07:00:00.000Z", { started_at: "2026-11-20T07:00:00Z" }],
		["ended_at 2026-11-20T08:05:00.000Z; got 2026-11-20T08:06:00.000Z", { ended_at: "2026-11-20T08:06:00Z" }],
		["status success; got failure", { status: "failure" }],
	])("%s", async (message, change) => {
		const { record } = setup();
		await record(success);
		await expect(record({ ...success, ...change })).rejects.toMatchObject({
			errorClass: "validation",
			message: expect.stringContaining(message),
		});
	});
});

test("changes to tables move their freshness forward, never back", async () => {
	const { record, store } = setup();
	const tables = [{ table: "orders", inserted: 5, updated: 0, soft_deleted: 2 }];
	await record({ ...success, tables });
	const earlier = { started_at: "2026-11-20T06:00:00Z", ended_at: "2026-11-20T06:05:00Z" };
	await record({ ...success, ...earlier, pipeline_execution_id: 11, tables });
	expect(await store.tables.list()).toEqual([
		{
			table: "orders",
			changes: {
				insert: { lastAt: at("2026-11-20T08:05:00Z") },
				update: {},
				"soft-delete": { lastAt: at("2026-11-20T08:05:00Z") },
			},
		},
	]);
});

describe("the input", () => {
	test.each<[string, Record<string, unknown>]>([
		["an end without having ended", { status: "running" }],
		["no end although it ended", { ended_at: undefined }],
		["an end before its start", { ended_at: "2026-11-20T07:59:59Z" }],
		["an instant that is none", { started_at: "yesterday" }],
		["an id of 0", { pipeline_id: 0 }],
		["a metric that is no number", { metrics: { rows: "7" } }],
		[
			"more than 50 metrics",
			{ metrics: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`m${index}`, 1])) },
		],
		["an unknown field", { extra: 1 }],
	])("is refused with %s", (_, change) => {
		expect(pipelineExecutionRecordTask.input.safeParse({ ...success, ...change }).success).toBe(false);
	});
});

describe("a store out of reach", () => {
	test("fails the attempt, and leaves no second failure behind that would end the process", async () => {
		const { store } = setup();
		const unreachable = (): Promise<never> => Promise.reject(new Error("no answer"));
		const broken = {
			...store,
			pipelines: { ...store.pipelines, find: unreachable },
			executions: { ...store.executions, record: unreachable },
		};
		const left: unknown[] = [];
		const onLeft = (reason: unknown): void => void left.push(reason);
		process.on("unhandledRejection", onLeft);
		try {
			await expect(
				recordPipelineExecution(broken)({ ...success, metrics: {} }, recordContext().context),
			).rejects.toThrow("no answer");
			// Node tells of what was left when the turn is over.
			await new Promise((resolve) => setImmediate(resolve));
			expect(left).toEqual([]);
		} finally {
			process.off("unhandledRejection", onLeft);
		}
	});
});
