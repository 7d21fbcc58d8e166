/** The HTTP API of the project's own app, on this machine: every example of the guide, and what only a real server shows. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalEvent } from "../../local/local-event.ts";
import { projectFolder, type RealStack, runProgram, startRealStack } from "./real-stack.ts";

const guide = readFileSync(new URL("../../docs/guides/http-api.md", import.meta.url), "utf8");
/** A script, and the answer that the guide shows below it. */
const examples = [...guide.matchAll(/```sh\n([^`]*)```\n+(?:```json\n([^`]*)```)?/g)].map(
	([, script = "", answer]) => ({
		script,
		answer,
	}),
);

let real: RealStack;
let api: string;
const events: LocalEvent[] = [];
const told: (() => void)[] = [];
beforeAll(async () => {
	real = await startRealStack({
		onEvent(event) {
			events.push(event);
			for (const resolve of told.splice(0)) resolve();
		},
	});
	api = real.stack.apis["Millrace"] ?? "";
});
afterAll(() => real.stop());

/** The names of fields, at every depth; of lists those of the first element. Ids and numbers differ from run to run. */
function shapeOf(value: unknown): unknown {
	if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
	if (typeof value !== "object" || value === null) return typeof value;
	return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]));
}

/** Polls, as a caller would. */
async function ended(id: string): Promise<unknown> {
	for (;;) {
		const view = (await (await fetch(`${api}/api/v1/jobs/${id}`)).json()) as { readonly ready: boolean };
		if (view.ready) return view;
	}
}

/** Resolves when a worker has told its numbers of the job. */
async function metricOf(job: string): Promise<void> {
	const has = (): boolean => events.some((event) => event.type === "metric" && event.metric["job"] === job);
	while (!has()) await new Promise<void>((resolve) => told.push(resolve));
}

/** What the guide's example put there. */
async function readSecret(): Promise<string> {
	const answer = await fetch(real.stack.endpoints.ssm ?? "", {
		method: "POST",
		headers: { "x-amz-target": "AmazonSSM.GetParameter" },
		body: JSON.stringify({ Name: "/millrace/webhooks/pipeline-executions", WithDecryption: true }),
	});
	return ((await answer.json()) as { readonly Parameter: { readonly Value: string } }).Parameter.Value;
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
	fetch(`${api}${path}`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(body),
	});

/** The first test: a page is kept for a minute. */
describe("GET /metrics", () => {
	it("shows what was counted of the jobs", async () => {
		const enqueued = await post("/api/v1/jobs", { job: "pipeline_register_task", input: { pipeline_id: 76 } });
		const { job_id: id } = (await enqueued.json()) as { readonly job_id: string };
		expect(await ended(id)).toMatchObject({ status: "SUCCESS" });
		await metricOf("pipeline_register_task");
		const page = await (await fetch(`${api}/metrics`)).text();
		for (const line of [
			'celery_tasks_started_total{task_name="pipeline_register_task"} 1',
			'celery_tasks_completed_total{task_name="pipeline_register_task",state="SUCCESS"} 1',
			'celery_task_duration_seconds_bucket{task_name="pipeline_register_task",le="600"} 1',
			'celery_task_duration_seconds_count{task_name="pipeline_register_task"} 1',
			'celery_workers{queue_name="observability"} 1',
		])
			expect(page).toContain(`\n${line}\n`);
	});
});

describe("docs/guides/http-api.md", () => {
	it("has examples that do what it shows", async () => {
		expect(examples.length).toBeGreaterThan(10);
		const script = examples.map((example, index) => `echo "--${index}"\n${example.script}`).join("\n");
		const { code, out, err } = await runProgram("bash", ["-euo", "pipefail", "-c", script], {
			cwd: projectFolder,
			// The first shell of all, whose input is a socket, takes itself for a remote one, and reads a stranger's start-up files.
			env: { ...process.env, SHLVL: "1", API: api, SSM: real.stack.endpoints.ssm ?? "" },
		});
		expect([code, err]).toEqual([0, ""]);
		for (const [index, { answer }] of examples.entries()) {
			const [, printed = ""] = new RegExp(`--${index}\n([^]*?)(?=--\\d+\n|$)`).exec(out) ?? [];
			if (answer === undefined) expect([index, printed.trim()]).toEqual([index, ""]);
			else expect([index, shapeOf(JSON.parse(printed))]).toEqual([index, shapeOf(JSON.parse(answer))]);
		}
	});

	it("has a webhook that becomes a run, and a delivery that is sent again is the same", async () => {
		const secret = await readSecret();
		const payload = {
			pipeline_id: 78,
			pipeline_execution_id: 1,
			started_at: "2026-11-20T09:00:00Z",
			status: "running",
		};
		const at = String(Math.floor(Date.now() / 1000));
		const mac = createHmac("sha256", secret)
			.update(`d-1.${at}.${JSON.stringify(payload)}`)
			.digest("base64");
		const headers = { "webhook-id": "d-1", "webhook-timestamp": at, "webhook-signature": `v1,${mac}` };
		const first = await post("/webhooks/pipeline-executions", payload, headers);
		const { job_id: id } = (await first.json()) as { readonly job_id: string };
		expect([first.status, id]).toEqual([202, expect.stringMatching(/^k-[0-9a-f]{40}$/)]);
		expect(await (await post("/webhooks/pipeline-executions", payload, headers)).json()).toEqual({ job_id: id });
		expect(await ended(id)).toMatchObject({ status: "SUCCESS", job: "pipeline_execution_record_task" });
		const forged = await post("/webhooks/pipeline-executions", { ...payload, pipeline_id: 79 }, headers);
		expect(forged.status).toBe(401);
	});
});

describe("the local server", () => {
	it("answers what is no route itself, as API Gateway does", async () => {
		for (const [method, path] of [
			["GET", "/"],
			["GET", "/api/v1/jobs"],
			["PUT", "/api/v1/jobs/r-1"],
			["GET", "/api/v1/jobs/r-1/x"],
			["GET", "/api/v1/jobs/"],
			["GET", "//api/v1/queues"],
		] as const) {
			const answer = await fetch(`${api}${path}`, { method });
			expect([method, path, answer.status, await answer.json()]).toEqual([method, path, 404, { message: "Not Found" }]);
		}
	});

	it("knows no host but this machine, whatever name a page found for it", async () => {
		const { hostname, port } = new URL(api);
		const status = await new Promise<number | undefined>((resolve, reject) => {
			request({ hostname, port, path: "/health", headers: { host: "rebound.example" } }, (response) => {
				response.resume();
				resolve(response.statusCode);
			})
				.once("error", reject)
				.end();
		});
		expect(status).toBe(403);
	});

	it("hands over parameters decoded and bodies byte by byte", async () => {
		const encoded = await fetch(`${api}/api/v1/jobs/${encodeURIComponent("../../etc/passwd")}`);
		expect([encoded.status, (await encoded.json()) as object]).toMatchObject([400, { code: "message-invalid-field" }]);
		const binary = await fetch(`${api}/api/v1/jobs`, {
			method: "POST",
			headers: { "content-type": "application/octet-stream" },
			body: new Uint8Array([0xff, 0x00]),
		});
		expect([binary.status, (await binary.json()) as object]).toMatchObject([400, { code: "request-invalid" }]);
	});

	it("answers a warm enqueue well under a second", async () => {
		await post("/api/v1/jobs", { job: "timeliness_check_task", input: {} });
		const before = performance.now();
		const { status } = await post("/api/v1/jobs", { job: "timeliness_check_task", input: {} });
		expect([status, performance.now() - before < 1_000]).toEqual([202, true]);
	});
});
