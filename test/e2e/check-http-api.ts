/** The deployed HTTP API, under the rights of its own function: runs, schedules and health for whoever signs, webhooks for whoever knows the secret. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { CREDENTIALS, REGION } from "./cdk.ts";
import { connectGateway, type GatewayAnswer } from "./gateway.ts";
import { type Platform, waitFor } from "./platform.ts";
import type { Report } from "./report.ts";
import { succeeded, WAIT_SECONDS } from "./runs.ts";

const WEBHOOK_SECRET = { parameter: "/millrace/webhooks/pipeline-executions", value: "e2e-webhook-secret" };
const DELIVERY = {
	pipeline_id: 1,
	pipeline_execution_id: 4711,
	started_at: "2026-11-20T09:00:00Z",
	ended_at: "2026-11-20T09:01:00Z",
	status: "success",
	metrics: { rows: 1000 },
};

export async function checkHttpApi({ check }: Report, platform: Platform, endpoint: string): Promise<void> {
	const call = connectGateway(endpoint, platform.outputs["MillraceApiUrl"] ?? "");

	await check("a job posted to the API is performed, and the API tells its status and result", async () => {
		const job = { job: "detect_anomalies_task", input: { pipeline_id: 1, pipeline_execution_id: 1 }, id: "e2e-by-api" };
		expect(await call("POST", "/api/v1/jobs", { body: job }), 202, { job_id: "e2e-by-api" });
		let status: unknown;
		await waitFor("the API says SUCCESS", WAIT_SECONDS, async () => {
			status = (await call("GET", "/api/v1/jobs/e2e-by-api")).body;
			return field(status, "status") === "SUCCESS" || JSON.stringify(status);
		});
		assert.deepEqual(
			{ job: field(status, "job"), ready: field(status, "ready") },
			{ job: "detect_anomalies_task", ready: true },
		);
		const { body } = await call("GET", "/api/v1/jobs/e2e-by-api/result");
		assert.equal(field(field(body, "result"), "pipeline_execution_id"), 1);
		expect(await call("POST", "/api/v1/jobs/batch-status", { body: ["e2e-by-api"] }), 200, {
			jobs: { "e2e-by-api": { status: "SUCCESS", ready: true } },
		});
		return undefined;
	});

	await check(
		"whoever does not sign, or asks for what is wrong, is refused by name; cancelled before it begins, a run never does",
		async () => {
			assert.equal((await call("GET", "/api/v1/jobs/e2e-by-api", { signed: false })).status, 403);
			const wrong = await call("POST", "/api/v1/jobs", { body: { job: "detect_anomalys_task", input: {} } });
			assert.deepEqual([wrong.status, field(wrong.body, "code")], [422, "unknown-job"]);
			expect(await call("POST", "/api/v1/jobs/e2e-cancelled/cancel"), 200, {
				job_id: "e2e-cancelled",
				outcome: "revoked",
			});
			const message = { job: "detect_anomalies_task", input: { pipeline_id: 1, pipeline_execution_id: 1 } };
			// Its neighbour tells when the batch has been worked on.
			const [, neighbour = ""] = await platform.sendBatch("observability", [
				{ ...message, id: "e2e-cancelled" },
				message,
			]);
			await succeeded(platform, neighbour);
			assert.equal((await platform.client.status("e2e-cancelled")).state, "REVOKED");
			return undefined;
		},
	);

	await check("GET /health is 200 with both classes fed, /metrics and /api/v1/queues name them", async () => {
		const { status, body } = await call("GET", "/health");
		assert.deepEqual(
			[status, field(body, "status"), field(body, "reasons"), field(body, "workers")],
			[200, "healthy", [], ["lineage", "observability"]],
		);
		const metrics = await call("GET", "/metrics");
		assert.equal(metrics.status, 200, metrics.text);
		assert.match(metrics.text, /^celery_workers\{queue_name="observability"\} 1$/m);
		const { body: listed } = await call("GET", "/api/v1/queues");
		const queues = field(listed, "queues");
		assert.ok(Array.isArray(queues));
		assert.deepEqual(
			queues.map((queue) => [field(queue, "name"), field(queue, "worker_group"), field(queue, "feeding")]),
			[
				["lineage", "lineage", "active"],
				["observability", "observability", "active"],
			],
		);
		return undefined;
	});

	await check("a schedule is put, paused, listed and deleted through the API", async () => {
		const path = "/api/v1/schedules/e2e-by-api";
		const rule = { job: "freshness_check_task", cron: "0 9 * * mon-fri", timeZone: "Europe/Berlin" };
		const put = await call("PUT", path, { body: rule });
		assert.deepEqual([put.status, field(put.body, "enabled")], [200, true], put.text);
		const paused = await call("POST", `${path}/disable`, { body: { reason: "e2e" } });
		assert.deepEqual([paused.status, field(paused.body, "disabledBecause")], [200, "e2e"], paused.text);
		const { body } = await call("GET", "/api/v1/schedules");
		const schedules = field(body, "schedules");
		assert.ok(Array.isArray(schedules));
		const names = schedules.map((schedule) => field(schedule, "name"));
		assert.ok(
			["e2e-by-api", "freshness-check", "timeliness-check"].every((name) => names.includes(name)),
			`${names}`,
		);
		assert.equal((await call("DELETE", path)).status, 204);
		assert.equal((await call("GET", path)).status, 404);
		return undefined;
	});

	await check(
		"a signed delivery of a webhook becomes one run however often it is sent, and one signed wrongly none",
		async () => {
			const ssm = new SSMClient({ endpoint, region: REGION, credentials: CREDENTIALS });
			const { parameter, value } = WEBHOOK_SECRET;
			// As whoever deploys does it: secrets are in no template.
			await ssm.send(new PutParameterCommand({ Name: parameter, Type: "SecureString", Value: value }));
			const deliver = (secret: string) => {
				const body = JSON.stringify(DELIVERY);
				const [id, time] = ["e2e-delivery", String(Math.floor(Date.now() / 1000))];
				const signature = createHmac("sha256", secret).update(`${id}.${time}.${body}`).digest("base64");
				const headers = { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v1,${signature}` };
				return call("POST", "/webhooks/pipeline-executions", { body, headers, signed: false });
			};
			const [wrong, first, second] = [await deliver("another"), await deliver(value), await deliver(value)];
			assert.deepEqual([wrong.status, field(wrong.body, "code")], [401, "webhook-refused"]);
			assert.deepEqual([first.status, second.status], [202, 202], first.text);
			assert.deepEqual(first.body, second.body);
			const { view, result } = await succeeded(platform, String(field(first.body, "job_id")));
			assert.deepEqual(
				[view.job, view.attempts, result["pipeline_execution_id"]],
				["pipeline_execution_record_task", 1, 4711],
			);
			await ssm.send(new DeleteParameterCommand({ Name: parameter }));
			return undefined;
		},
	);
}

function expect(answer: GatewayAnswer, status: number, body: unknown): void {
	assert.deepEqual({ status: answer.status, body: answer.body }, { status, body }, answer.text);
}

const field = (value: unknown, name: string): unknown =>
	typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
