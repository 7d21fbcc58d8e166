/** The scheduler contract on memory, and by our adapter on the local stack's schedule server; and what that server shares with AWS's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScheduleServer, startScheduleServer } from "../../local/emulators/schedule-server.ts";
import { createEventBridgeScheduler } from "../../shared/aws/eventbridge-scheduler.ts";
import { epochMs, plusSeconds } from "../../shared/kernel/time.ts";
import { dynamoDbClient } from "../support/emulators.ts";
import { createMemoryQueue } from "../support/memory-queue.ts";
import { createMemoryScheduler } from "../support/memory-scheduler.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { describeScheduler } from "./scheduler.contract.ts";

describeScheduler("memory", async () => {
	const clock = createVirtualClock();
	const queue = createMemoryQueue(clock, ["orders", "mail"]);
	return {
		scheduler: createMemoryScheduler(clock, queue),
		now: () => clock.now(),
		passSeconds: (seconds) => clock.advance(seconds * 1000),
		arrived: (queueClass) => queue.messages({ queueClass, queue: "main" }).map(({ body }) => body),
		stop: async () => {},
	};
});

const ROLE = "arn:aws:iam::000000000000:role/Scheduler";
const queueUrls = (name: string) => ({
	url: `http://127.0.0.1:1/000000000000/${name}-queue`,
	deadLetterUrl: `http://127.0.0.1:1/000000000000/${name}-dead`,
});

interface Sent {
	readonly queueArn: string;
	readonly body: string;
}

async function localScheduler(options: { dataDir?: string; clock?: ReturnType<typeof createVirtualClock> } = {}) {
	const clock = options.clock ?? createVirtualClock();
	const sent: Sent[] = [];
	const warnings: string[] = [];
	const state = { refuses: "" };
	const server: ScheduleServer = await startScheduleServer({
		dataDir: options.dataDir,
		clock,
		async send(queueArn, body) {
			if (body === state.refuses) throw new Error("the queue is gone");
			sent.push({ queueArn, body });
		},
		onWarning: (warning) => warnings.push(warning),
	});
	server.ensureGroup("waits");
	const scheduler = createEventBridgeScheduler({
		address: { queues: { orders: queueUrls("orders"), mail: queueUrls("mail") } },
		schedules: { group: "waits", roleArn: ROLE },
		lender: dynamoDbClient("http://127.0.0.1:1"),
		clock,
		endpoint: server.endpoint,
	});
	return { clock, sent, warnings, state, server, scheduler };
}

describeScheduler("the schedule server", async () => {
	const { clock, sent, server, scheduler } = await localScheduler();
	return {
		scheduler,
		now: () => clock.now(),
		async passSeconds(seconds) {
			await clock.advance(seconds * 1000);
			// What fired together is sent one after the other.
			for (let turn = 0; turn < 20; turn++) await nextTurn();
		},
		arrived: (queueClass) =>
			sent.filter(({ queueArn }) => queueArn.endsWith(`:${queueClass}-queue`)).map(({ body }) => body),
		stop: () => server.stop(),
	};
});

describe("the schedule server", () => {
	let world: Awaited<ReturnType<typeof localScheduler>>;
	beforeEach(async () => {
		world = await localScheduler();
	});
	afterEach(async () => {
		await world.server.stop();
	});
	const message = (more: { name?: string; at?: number; body?: string } = {}) => ({
		name: more.name ?? "one",
		queueClass: "orders",
		at: epochMs(more.at ?? 1_795_168_800_400),
		body: more.body ?? '{"job":"a"}',
		description: "Millrace: attempt 1 of run r of a",
	});
	const ask = (method: string, path: string, body?: object) =>
		fetch(`${world.server.endpoint}${path}`, { method, body: body === undefined ? null : JSON.stringify(body) });

	it("tells how many messages it holds for later: a cron holds none", async () => {
		world.server.ensureSchedule("tick", {
			GroupName: "waits",
			ScheduleExpression: "cron(0 6 * * ? *)",
			FlexibleTimeWindow: { Mode: "OFF" },
			Target: { Arn: "arn:aws:sqs:us-east-1:000000000000:orders-queue", RoleArn: ROLE, Input: "{}" },
		});
		await world.scheduler.schedule(message());
		await world.scheduler.schedule(message({ name: "two" }));
		expect(world.server.once()).toBe(2);
		await world.scheduler.cancel(["two"]);
		expect(world.server.once()).toBe(1);
	});

	it("was asked for a one-time schedule that deletes itself and leaves what it can't deliver in the dead-letter queue", async () => {
		await world.scheduler.schedule(message());
		const answer = await ask("GET", "/schedules/one?groupName=waits");
		expect(await answer.json()).toEqual({
			Arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/waits/one",
			Name: "one",
			GroupName: "waits",
			State: "ENABLED",
			CreationDate: 1_795_165_200,
			Description: "Millrace: attempt 1 of run r of a",
			ScheduleExpression: "at(2026-11-20T10:00:01)",
			FlexibleTimeWindow: { Mode: "OFF" },
			ActionAfterCompletion: "DELETE",
			Target: {
				Arn: "arn:aws:sqs:us-east-1:000000000000:orders-queue",
				RoleArn: ROLE,
				Input: '{"job":"a"}',
				RetryPolicy: { MaximumEventAgeInSeconds: 43_200, MaximumRetryAttempts: 185 },
				DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:000000000000:orders-dead" },
			},
		});
		await world.clock.advance(3_601_000);
		expect((await ask("GET", "/schedules/one?groupName=waits")).status).toBe(404);
	});

	it.each([
		["a name AWS has no room for", "/schedules/x".padEnd(77, "x"), {}, /is not answered/],
		["an unknown field", "/schedules/a", { Colour: "red" }, /Colour/],
		["a rate", "/schedules/a", { ScheduleExpression: "rate(1 minute)" }, /ScheduleExpression: only at/],
		["no body at all", "/schedules/a", undefined, /not JSON/],
		["a group that was not deployed", "/schedules/a", { GroupName: "others" }, /group others does not exist/],
		["an input above 256 KB", "/schedules/a", { Target: { Input: "x".repeat(262_145) } }, /Target\.Input/],
	])("refuses %s", async (_, path, over, message) => {
		const body =
			over === undefined
				? undefined
				: {
						GroupName: "waits",
						ScheduleExpression: "at(2026-11-20T10:00:00)",
						FlexibleTimeWindow: { Mode: "OFF" },
						ActionAfterCompletion: "DELETE",
						...over,
						Target: {
							Arn: "arn:aws:sqs:us-east-1:000000000000:q",
							RoleArn: ROLE,
							Input: "x",
							...("Target" in over ? over.Target : {}),
						},
					};
		const answer = await ask("POST", path, body);
		expect(answer.status).toBeGreaterThanOrEqual(400);
		expect(await answer.text()).toMatch(message);
	});

	it("tries again a minute later what a queue did not take, and holds nobody else up", async () => {
		const at = plusSeconds(world.clock.now(), 10);
		world.state.refuses = "first";
		await world.scheduler.schedule(message({ name: "one", at, body: "first" }));
		await world.scheduler.schedule(message({ name: "two", at, body: "second" }));
		await world.clock.advance(20_000);
		expect(world.sent.map(({ body }) => body)).toEqual(["second"]);
		expect(world.warnings).toEqual([
			"A scheduled message could not be sent and will be tried again: the queue is gone",
		]);
		world.state.refuses = "";
		await world.clock.advance(60_000);
		expect(world.sent.map(({ body }) => body)).toEqual(["second", "first"]);
	});

	it("finds its schedules again after a restart, and sends what came due meanwhile", async () => {
		const dataDir = mkdtempSync(join(tmpdir(), "millrace-schedules-"));
		try {
			const before = await localScheduler({ dataDir });
			await before.scheduler.schedule(message({ name: "soon", at: plusSeconds(before.clock.now(), 60), body: "soon" }));
			await before.scheduler.schedule(
				message({ name: "late", at: plusSeconds(before.clock.now(), 9_000), body: "late" }),
			);
			await before.server.stop();
			const clock = createVirtualClock({ start: plusSeconds(before.clock.now(), 3_600) });
			const after = await localScheduler({ dataDir, clock });
			await clock.advance(0);
			expect(after.sent.map(({ body }) => body)).toEqual(["soon"]);
			await clock.advance(5_400_000);
			expect(after.sent.map(({ body }) => body)).toEqual(["soon", "late"]);
			await after.server.stop();
			expect(before.sent).toEqual([]);
		} finally {
			rmSync(dataDir, { recursive: true });
		}
	});
});
