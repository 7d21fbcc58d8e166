/** A wait above 15 minutes on this machine: the real bundle makes the schedule, the local scheduler fires it, the run performs once. */
import { once } from "node:events";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createEventBridgeScheduler } from "../../shared/aws/eventbridge-scheduler.ts";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { createClient } from "../../shared/client/client.ts";
import { runId, scheduleName } from "../../shared/kernel/ids.ts";
import { epochMs, plusSeconds, toIso } from "../../shared/kernel/time.ts";
import { type RealStack, startRealStack } from "./real-stack.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const finished = new EventTarget();
let real: RealStack;

beforeAll(async () => {
	real = await startRealStack({
		onEvent: ({ type }) => void (type === "invocation-finished" && finished.dispatchEvent(new Event("finished"))),
	});
});
afterAll(async () => {
	await real.stop();
});

const open = () => {
	const { endpoints, region } = real.stack;
	return openPlatform(real.address, { endpoints, region, credentials });
};

async function scheduleNamed(name: string): Promise<{ readonly status: number; readonly schedule: unknown }> {
	const group = real.address.schedules?.group ?? "";
	const answer = await fetch(`${real.stack.endpoints.scheduler}/schedules/${name}?groupName=${group}`);
	return { status: answer.status, schedule: await answer.json() };
}

it("becomes a schedule of the platform's group at once, which can be taken back", async () => {
	const platform = open();
	const client = createClient({ catalogue, ...platform });
	const handled = once(finished, "finished");
	const before = Date.now();
	const { id } = await client.enqueue("timeliness_check_task", { lookback_minutes: 30 }, { delaySeconds: 3_600 });
	await handled;
	expect(await client.status(id)).toMatchObject({ state: "PENDING" });
	const name = scheduleName(id, { generation: 1, attempt: 1, hops: 1 });
	const { status, schedule } = await scheduleNamed(name);
	expect(status).toBe(200);
	const { Target, ScheduleExpression } = schedule as {
		Target: { Arn: string; Input: string };
		ScheduleExpression: string;
	};
	expect(JSON.parse(Target.Input)).toMatchObject({ id, job: "timeliness_check_task", hops: 1 });
	expect(Target.Arn.split(":").at(-1)).toBe(real.address.queues["observability"]?.url.split("/").at(-1));
	const firesAt = Date.parse(`${ScheduleExpression.slice(3, -1)}Z`);
	expect(firesAt).toBeGreaterThanOrEqual(before + 3_600_000);
	expect(firesAt).toBeLessThan(Date.now() + 3_602_000);

	await platform.scheduler?.cancel([name]);
	expect((await scheduleNamed(name)).status).toBe(404);
});

it("performs when its schedule fires, once, and the schedule is gone", async () => {
	const platform = open();
	const client = createClient({ catalogue, ...platform });
	const id = runId("scheduled-run");
	const at = plusSeconds(epochMs(Date.now()), 1);
	// As a worker made it an hour ago.
	const scheduler = createEventBridgeScheduler({
		address: real.address,
		schedules: { group: real.address.schedules?.group ?? "", roleArn: "arn:aws:iam::000000000000:role/Scheduler" },
		lender: new DynamoDBClient({ region: real.stack.region, credentials }),
		clock: createSystemClock(),
		endpoint: real.stack.endpoints.scheduler,
	});
	const message = { job: "timeliness_check_task", input: { lookback_minutes: 30 }, id, hops: 1, notBefore: toIso(at) };
	const description = "Millrace: attempt 1 of run scheduled-run of timeliness_check_task";
	const waiting = {
		name: "scheduled-run",
		queueClass: "observability",
		at,
		body: JSON.stringify(message),
		description,
	};
	await scheduler.schedule(waiting);
	const run = await client.wait(id, { timeoutSeconds: 60 });
	expect(run).toMatchObject({ state: "SUCCESS", attempts: 1 });
	expect(Date.parse(run.started_at)).toBeGreaterThanOrEqual(at);
	expect((await scheduleNamed("scheduled-run")).status).toBe(404);
});
