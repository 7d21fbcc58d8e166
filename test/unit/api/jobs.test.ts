/** The API's routes of runs, over a platform in memory. */
import { describe, expect, it } from "vitest";
import { runId } from "../../../shared/kernel/ids.ts";
import type { RunRecord, StoredResult } from "../../../shared/ports/job-store.ts";
import { apiWorld } from "../../support/api-world.ts";
import { connectionTimeout, settled, started, tenPastNine } from "../../support/run-records.ts";

const success = (result: StoredResult): RunRecord =>
	settled({ state: "SUCCESS", endedAt: tenPastNine, result, followUps: [] });

const invoice = { job: "send_invoice", input: { invoice_id: 7 } };

describe("POST /api/v1/jobs", () => {
	it("enqueues and tells the id and where to ask after it", async () => {
		const { call, bodies } = apiWorld();
		const { statusCode, json, headers } = await call("enqueueJob", { json: invoice });
		expect([statusCode, json]).toEqual([202, { job_id: "r-token-1" }]);
		expect(headers).toEqual({
			"content-type": "application/json",
			"x-content-type-options": "nosniff",
			"cache-control": "no-store",
			location: "/api/v1/jobs/r-token-1",
		});
		expect(bodies("front")).toEqual([{ v: 1, job: "send_invoice", input: { invoice_id: 7 }, id: "r-token-1" }]);
	});

	it("takes everything that may be said of a run", async () => {
		const { call, queue, bodies } = apiWorld();
		const given = {
			...invoice,
			id: "invoice-7",
			key: "7",
			tenant: "acme",
			delay: 30,
			expiresAt: "2026-11-20T10:00:00Z",
			priority: 9,
			headers: { locale: "de\r\nX-Evil: 1" },
			trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		};
		expect((await call("enqueueJob", { json: given })).json).toEqual({ job_id: "invoice-7" });
		const [held] = queue.messages({ queueClass: "front", queue: "main" });
		expect(held?.visibleAt).toBe(1_795_165_230_000);
		expect(bodies("front")).toEqual([
			{
				...{ v: 1, job: "send_invoice", input: { invoice_id: 7 }, id: "invoice-7", key: "7", tenant: "acme" },
				expiresAt: "2026-11-20T10:00:00.000Z",
				priority: 9,
				trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
				headers: { locale: "de\r\nX-Evil: 1" },
			},
		]);
	});

	it("goes on with the caller's trace, and not with what is none", async () => {
		const { call, bodies } = apiWorld();
		const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
		await call("enqueueJob", { json: invoice, headers: { TraceParent: traceparent } });
		await call("enqueueJob", { json: invoice, headers: { traceparent: "mine" } });
		expect(bodies("front").map((body) => (body as { trace?: string }).trace)).toEqual([traceparent, undefined]);
	});

	it("makes one run of two enqueues under one key", async () => {
		const { call } = apiWorld();
		const ids = [
			await call("enqueueJob", { json: { ...invoice, key: "7" } }),
			await call("enqueueJob", { json: { ...invoice, key: "7" } }),
		].map(({ json }) => json);
		expect(ids[0]).toEqual(ids[1]);
	});

	it.each([
		[
			"an unknown field, by name",
			{ ...invoice, retries: 3 },
			400,
			"message-unknown-field",
			'body: has unknown field "retries"',
		],
		[
			"a wrong type",
			{ ...invoice, priority: "9" },
			400,
			"message-invalid-field",
			'body.priority: must be a number; got "9"',
		],
		["a missing job", {}, 400, "message-invalid-field", "body.job: is missing; it must be a text"],
		["a body that is no object", [], 400, "message-invalid-field", "body: must be an object; got an array of 0"],
		[
			"an input that does not fit",
			{ ...invoice, input: {} },
			422,
			"invalid-input",
			"input.invoice_id: is missing; it must be a number",
		],
	])("refuses %s", async (_, json, status, code, problem) => {
		const { call, bodies } = apiWorld();
		const answer = await call("enqueueJob", { json });
		expect(answer.headers["content-type"]).toBe("application/problem+json");
		expect(answer.json).toMatchObject({ type: `urn:millrace:error:${code}`, status, code, problems: [problem] });
		expect(bodies("front")).toEqual([]);
	});

	it("suggests a job that was meant", async () => {
		const { call } = apiWorld();
		expect((await call("enqueueJob", { json: { job: "send_invoise" } })).json).toEqual({
			type: "urn:millrace:error:unknown-job",
			title: "Unknown job",
			status: 422,
			code: "unknown-job",
			detail: 'The catalogue has no job "send_invoise". Did you mean send_invoice?',
		});
	});

	it("refuses what would never start", async () => {
		const { call } = apiWorld();
		const given = { ...invoice, expiresAt: "2026-11-20T08:00:00Z" };
		expect((await call("enqueueJob", { json: given })).json).toMatchObject({ status: 422, code: "already-expired" });
	});

	it("tells nothing of what failed behind it, and where to look", async () => {
		const { call, queue, logged } = apiWorld();
		queue.sendMany = async () => [{ sent: false, error: "AccessDenied on arn:aws:sqs:eu-west-1:123456789012:secret" }];
		const { json, headers } = await call("enqueueJob", { json: invoice });
		expect(json).toEqual({
			type: "urn:millrace:error:send-failed",
			title: "Send failed",
			status: 503,
			code: "send-failed",
			detail: "What the platform stands on did not answer. The same request may go well in a moment.",
			request_id: "req-1",
		});
		expect(headers["retry-after"]).toBe("2");
		expect(logged).toMatchObject([{ level: "error", message: "A request failed", fields: { requestId: "req-1" } }]);
	});

	it("shows no stack trace of a fault of its own", async () => {
		const { call, queue } = apiWorld();
		queue.sendMany = async () => {
			throw new TypeError("cannot read properties of undefined");
		};
		const { statusCode, body } = await call("enqueueJob", { json: invoice });
		expect(statusCode).toBe(500);
		expect(body).not.toMatch(/cannot read|\bat |\.ts/);
	});
});

describe("GET /api/v1/jobs/{id}", () => {
	const ask = { parameters: { id: "r-1" } };

	it("knows a run that nobody has seen as PENDING", async () => {
		expect((await apiWorld().call("getJob", ask)).json).toEqual({ job_id: "r-1", status: "PENDING", ready: false });
	});

	it("shows progress in the job's own stages", async () => {
		const world = apiWorld();
		await world.put({ ...started(), state: "PROGRESS", progress: { stage: "UPLOADING", step: 2, total: 3 } });
		expect((await world.call("getJob", ask)).json).toEqual({
			job_id: "r-1",
			status: "PROGRESS",
			ready: false,
			job: "send_invoice",
			progress: { stage: "UPLOADING", step: 2, total: 3 },
		});
	});

	it("shows the result of a success", async () => {
		const world = apiWorld();
		await world.put(success({ kind: "inline", json: '{"pages":2}' }));
		expect((await world.call("getJob", ask)).json).toEqual({
			job_id: "r-1",
			status: "SUCCESS",
			ready: true,
			job: "send_invoice",
			result: { pages: 2 },
		});
	});

	it("refers to a large result, and hands it out by its own route", async () => {
		const world = apiWorld();
		await world.blobs.put("results/r-1.json", '{"pages":2000}');
		await world.put(success({ kind: "blob", key: "results/r-1.json", bytes: 14 }));
		expect((await world.call("getJob", ask)).json).toMatchObject({
			result_ref: { key: "results/r-1.json", bytes: 14 },
		});
		expect((await world.call("getJobResult", ask)).json).toEqual({ job_id: "r-1", result: { pages: 2000 } });
	});

	it("does not hand out what Lambda could not answer", async () => {
		const world = apiWorld();
		await world.put(success({ kind: "blob", key: "results/r-1.json", bytes: 5_000_000 }));
		expect((await world.call("getJobResult", ask)).json).toMatchObject({ status: 413, code: "message-too-large" });
	});

	it("shows why a run failed, without its traceback", async () => {
		const world = apiWorld();
		const error = { ...connectionTimeout, traceback: "at perform (worker.ts:1:1)" };
		await world.put(settled({ state: "FAILURE", endedAt: tenPastNine, reason: "final-error", error }));
		const { body, json } = await world.call("getJob", ask);
		expect(json).toEqual({
			job_id: "r-1",
			status: "FAILURE",
			ready: true,
			job: "send_invoice",
			error: "DatabaseError: Connection timeout",
		});
		expect(body).not.toContain("worker.ts");
		expect((await world.call("getJobResult", ask)).json).toMatchObject({ status: 409, code: "run-failed" });
	});

	it.each(["../../etc/passwd", "a b", "r-1\r\nX: 1", "", "x".repeat(129), "runs#1"])(
		"refuses %j as an id",
		async (id) => {
			const world = apiWorld();
			for (const operation of ["getJob", "getJobResult", "cancelJob"] as const) {
				expect((await world.call(operation, { parameters: { id } })).json).toMatchObject({
					status: 400,
					code: "message-invalid-field",
				});
			}
		},
	);
});

describe("POST /api/v1/jobs/batch-status", () => {
	it("tells status and readiness of each, as a list or named", async () => {
		const world = apiWorld();
		await world.put(success({ kind: "inline", json: "null" }));
		const jobs = { "r-1": { status: "SUCCESS", ready: true }, "r-2": { status: "PENDING", ready: false } };
		expect((await world.call("getJobStatuses", { json: { job_ids: ["r-1", "r-2"] } })).json).toEqual({ jobs });
		expect((await world.call("getJobStatuses", { json: ["r-1", "r-2"] })).json).toEqual({ jobs });
	});

	it("refuses more than 100 at once, and none", async () => {
		const { call } = apiWorld();
		const many = Array.from({ length: 101 }, (_, index) => `r-${index}`);
		for (const json of [many, [], { job_ids: [] }, ["__proto__#"]])
			expect((await call("getJobStatuses", { json })).json).toMatchObject({
				status: 400,
				code: "message-invalid-field",
			});
	});

	it("answers an id that is a name of every object", async () => {
		const { body } = await apiWorld().call("getJobStatuses", { json: ["__proto__", "constructor"] });
		expect(body).toBe(
			'{"jobs":{"__proto__":{"status":"PENDING","ready":false},"constructor":{"status":"PENDING","ready":false}}}',
		);
	});
});

describe("POST /api/v1/jobs/{id}/cancel", () => {
	it("revokes a run before it begins, and says who did", async () => {
		const { call, store, logged } = apiWorld();
		const { json } = await call("cancelJob", { parameters: { id: "r-1" }, json: { reason: "wrong customer" } });
		expect(json).toEqual({ job_id: "r-1", outcome: "revoked" });
		expect(store.rows.get(runId("r-1"))).toMatchObject({ state: "REVOKED", reason: "wrong customer" });
		expect(logged).toMatchObject([{ level: "info", message: "A run was revoked", fields: { runId: "r-1" } }]);
	});

	it("needs no body, and tells of a run that had ended", async () => {
		const world = apiWorld();
		await world.put(success({ kind: "inline", json: "null" }));
		expect((await world.call("cancelJob", { parameters: { id: "r-1" } })).json).toEqual({
			job_id: "r-1",
			outcome: "ended",
			status: "SUCCESS",
		});
	});
});
