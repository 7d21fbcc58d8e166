/** Queues, health and numbers over HTTP. */
import { describe, expect, it } from "vitest";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { apiWorld } from "../../support/api-world.ts";

const main = (queueClass: string) => ({ queueClass, queue: "main" }) as const;

describe("GET /api/v1/queues", () => {
	it("tells of each class how much waits and whether workers are fed", async () => {
		const { call, queue, mappings } = apiWorld();
		await queue.sendMany(main("front"), [{ body: "1" }, { body: "2", delaySeconds: 60 }, { body: "3" }]);
		await queue.receive(main("front"), { max: 1, visibilitySeconds: 30, waitSeconds: 0 });
		await queue.sendMany({ queueClass: "back", queue: "dead-letter" }, [{ body: "4" }]);
		await mappings.pause("back", "migration");
		const none = { waiting: 0, delayed: 0, in_flight: 0, dead_letters: 0 };
		expect((await call("listQueues")).json).toEqual({
			queues: [
				{
					...{ name: "front", promise: "within a second", worker_group: "shop", feeding: "active" },
					...{ ...none, waiting: 1, delayed: 1, in_flight: 1 },
				},
				{
					...{ name: "back", promise: "within the hour", worker_group: "shop", feeding: "paused" },
					...{ ...none, dead_letters: 1, paused_because: "migration" },
				},
			],
		});
	});
});

describe("GET /health", () => {
	it("is healthy where queues and table answer and workers are fed", async () => {
		const { call, queue } = apiWorld();
		await queue.sendMany(main("front"), [{ body: "1" }, { body: "2" }]);
		await queue.receive(main("front"), { max: 1, visibilitySeconds: 30, waitSeconds: 0 });
		const { statusCode, json } = await call("getHealth");
		expect([statusCode, json]).toEqual([
			200,
			{
				status: "healthy",
				reasons: [],
				workers: ["front", "back"],
				active_tasks: 1,
				queue_depths: { front: 1, back: 0 },
			},
		]);
	});

	it("is not where a class is paused, and says so, but not the reason that the operator gave", async () => {
		const { call, mappings } = apiWorld();
		await mappings.pause("back", "migration");
		const { statusCode, body, json } = await call("getHealthOfWorkers");
		expect(statusCode).toBe(503);
		expect(body).not.toContain("migration");
		expect(json).toMatchObject({
			status: "unhealthy",
			reason: "no consumer: back is paused",
			reasons: ["no consumer: back is paused"],
			workers: ["front"],
		});
	});

	it("says what is not reached and nothing of how, and goes on without it", async () => {
		const { call, parts, logged } = apiWorld();
		parts.store.getMany = async () => {
			throw new MillraceError("store-failed", "AccessDenied: arn:aws:dynamodb:eu-west-1:123456789012:table/runs");
		};
		parts.operator.depth = async () => {
			throw new MillraceError("queue-failed", "connect ECONNREFUSED 10.0.0.7:443");
		};
		const { statusCode, body, json } = await call("getHealth");
		expect(statusCode).toBe(503);
		expect(json).toMatchObject({
			reasons: ["store not reached", "broker not reached: queue of front", "broker not reached: queue of back"],
			workers: ["front", "back"],
			queue_depths: {},
		});
		expect(body).not.toMatch(/arn:|10\.0\.0\.7/);
		expect(logged.map(({ level }) => level)).toEqual(["warn", "warn", "warn"]);
	});

	it("does not wait for what hangs", async () => {
		const { call, parts, clock } = apiWorld();
		parts.store.getMany = () => new Promise(() => {});
		const answer = call("getHealth");
		await clock.advance(3_000);
		expect((await answer).json).toMatchObject({ status: "unhealthy", reasons: ["store not reached"] });
	});

	it("is asked of AWS once in five seconds, however often it is asked of us", async () => {
		const { call, parts, clock } = apiWorld();
		let asked = 0;
		const { getMany } = parts.store;
		parts.store.getMany = (ids) => {
			asked++;
			return getMany(ids);
		};
		await Promise.all([call("getHealth"), call("getHealth"), call("getHealth", { query: "nocache=1" })]);
		await clock.advance(4_999);
		await call("getHealth");
		expect(asked).toBe(1);
		await clock.advance(1);
		await call("getHealth");
		expect(asked).toBe(2);
	});
});

describe("GET /metrics", () => {
	const invoice = { group: "shop", job: "send_invoice" };

	it("has Celery's names, with what CloudWatch and SQS know", async () => {
		const { call, metrics, queue, clock } = apiWorld();
		metrics.put({ ...invoice, name: "AttemptsStarted" }, clock.now(), 3, 2);
		metrics.put({ ...invoice, name: "RunsSucceeded" }, clock.now(), 3);
		metrics.put({ ...invoice, name: "RunsFailed" }, clock.now(), 1, 1);
		metrics.put({ ...invoice, name: "FailedRunsByClass", errorClass: "rate-limit" }, clock.now(), 1);
		metrics.put({ ...invoice, name: "FailedRunsByClass", errorClass: "unknown" }, clock.now(), 1);
		metrics.put({ ...invoice, name: "TicksTaken" }, clock.now(), 7);
		metrics.put({ ...invoice, name: "AttemptsRetried" }, clock.now(), 1);
		metrics.put({ ...invoice, name: "RunDuration" }, clock.now(), 50, 400, 2_000, 700_000);
		await queue.sendMany(main("front"), [{ body: "1" }]);
		const { statusCode, headers, body } = await call("getMetrics");
		expect([statusCode, headers["content-type"]]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
		expect(body.split("\n").filter((line) => /send_invoice|front|^# TYPE/.test(line))).toEqual([
			"# TYPE celery_tasks_started_total counter",
			'celery_tasks_started_total{task_name="send_invoice"} 5',
			"# TYPE celery_tasks_completed_total counter",
			'celery_tasks_completed_total{task_name="send_invoice",state="SUCCESS"} 3',
			'celery_tasks_completed_total{task_name="send_invoice",state="FAILURE"} 2',
			'celery_tasks_completed_total{task_name="send_invoice",state="RETRY"} 1',
			'celery_tasks_completed_total{task_name="send_invoice",state="REVOKED"} 0',
			'celery_tasks_completed_total{task_name="send_invoice",state="SKIPPED"} 0',
			"# TYPE celery_tasks_failed_total counter",
			...[
				...["validation", "configuration", "authentication"].map((name) => [name, 0] as const),
				["rate-limit", 1] as const,
				...["api", "database", "timeout", "worker-lost", "system"].map((name) => [name, 0] as const),
				["unknown", 1] as const,
			].map(([name, count]) => `celery_tasks_failed_total{task_name="send_invoice",exception_type="${name}"} ${count}`),
			"# TYPE celery_beat_tasks_sent_total counter",
			'celery_beat_tasks_sent_total{task_name="send_invoice"} 7',
			"# TYPE celery_task_duration_seconds histogram",
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="0.1"} 1',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="0.5"} 2',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="1"} 2',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="5"} 3',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="10"} 3',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="30"} 3',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="60"} 3',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="300"} 3',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="600"} 3',
			'celery_task_duration_seconds_bucket{task_name="send_invoice",le="+Inf"} 4',
			'celery_task_duration_seconds_sum{task_name="send_invoice"} 702.45',
			'celery_task_duration_seconds_count{task_name="send_invoice"} 4',
			"# TYPE celery_queue_depth gauge",
			'celery_queue_depth{queue_name="front"} 1',
			"# TYPE celery_active_tasks gauge",
			'celery_active_tasks{queue_name="front"} 0',
			"# TYPE celery_workers gauge",
			'celery_workers{queue_name="front"} 1',
			"# TYPE millrace_delayed_messages gauge",
			'millrace_delayed_messages{queue_name="front"} 0',
			"# TYPE millrace_dead_letters gauge",
			'millrace_dead_letters{queue_name="front"} 0',
		]);
	});

	it("asks for nine numbers a job, nine more of one that ran, ten of one that failed, and not again for a minute", async () => {
		const { call, metrics, clock } = apiWorld();
		metrics.put({ ...invoice, name: "RunDuration" }, clock.now(), 50);
		metrics.put({ ...invoice, name: "RunsFailed" }, clock.now(), 1);
		await call("getMetrics");
		await clock.advance(59_999);
		await call("getMetrics");
		expect(metrics.calls).toEqual([18, 9, 10]);
		await clock.advance(1);
		await call("getMetrics");
		expect(metrics.calls).toEqual([18, 9, 10, 18, 9, 10]);
	});

	it("looks at the queues every 15 s, however often it is asked", async () => {
		const { call, queue, clock } = apiWorld();
		const depth = async (): Promise<string | undefined> =>
			/celery_queue_depth\{queue_name="front"\} (\d+)/.exec((await call("getMetrics")).body)?.[1];
		expect(await depth()).toBe("0");
		await queue.sendMany(main("front"), [{ body: "1" }]);
		await clock.advance(14_999);
		expect(await depth()).toBe("0");
		await clock.advance(1);
		expect(await depth()).toBe("1");
	});

	it("counts from midnight UTC", async () => {
		const { call, metrics, clock } = apiWorld();
		metrics.put({ ...invoice, name: "AttemptsStarted" }, clock.now(), 3);
		await clock.advance(15 * 3_600_000);
		expect((await call("getMetrics")).body).toContain('celery_tasks_started_total{task_name="send_invoice"} 0\n');
	});

	it("still tells of queues when CloudWatch does not answer", async () => {
		const { call, metrics } = apiWorld();
		metrics.failure = new Error("no");
		const { statusCode, body } = await call("getMetrics");
		expect(statusCode).toBe(200);
		expect(body).toContain("# Numbers of jobs are left out: CloudWatch did not answer.\n");
		expect(body).toContain('celery_queue_depth{queue_name="front"} 0\n');
		expect(body).not.toContain("celery_tasks");
	});
});
