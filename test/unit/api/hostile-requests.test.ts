/** What strangers, browsers and broken clients send to the API: a problem with a code each time, and nothing done. */
import { describe, expect, it } from "vitest";
import { readRequest } from "../../../lambdas/api/api-request.ts";
import { problemOf } from "../../../lambdas/api/problem.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { operations, routeOf } from "../../../shared/wire/http-routes.ts";
import { apiWorld, eventOf } from "../../support/api-world.ts";

const json = { "content-type": "application/json" };
const nested = (depth: number): string => `${'{"input":'.repeat(depth)}1${"}".repeat(depth)}`;

describe("a hostile body", () => {
	it.each<[string, { readonly body: string | Buffer; readonly headers?: Record<string, string> }, number, string]>([
		[
			"a form, as a browser sends it anywhere",
			{ body: "job=x", headers: { "content-type": "application/x-www-form-urlencoded" } },
			400,
			"request-invalid",
		],
		[
			"JSON as plain text, as a page may send it",
			{ body: "{}", headers: { "content-type": "text/plain" } },
			400,
			"request-invalid",
		],
		["JSON of no type", { body: "{}", headers: {} }, 400, "request-invalid"],
		["no JSON", { body: "{job:1}", headers: json }, 400, "message-not-json"],
		["nothing", { body: "", headers: json }, 400, "message-not-json"],
		["4 MiB and a byte", { body: `"${"x".repeat(4 * 1024 * 1024 - 1)}"`, headers: json }, 413, "message-too-large"],
		["100,000 levels", { body: nested(100_000), headers: json }, 400, "message-too-deep"],
		[
			"a prototype",
			{ body: '{"job":"send_invoice","input":{"__proto__":{"admin":true}}}', headers: json },
			400,
			"message-forbidden-key",
		],
		["half a character", { body: '{"job":"\\ud800"}', headers: json }, 400, "message-ill-formed-text"],
		["a null", { body: "null", headers: json }, 400, "message-invalid-field"],
	])("of %s is refused", async (_, ask, status, code) => {
		const { call, bodies } = apiWorld();
		const answer = await call("enqueueJob", ask);
		expect(answer.json).toMatchObject({ status, code });
		expect(answer.body.length).toBeLessThan(3_000);
		expect(bodies("front")).toEqual([]);
	});

	it("of many unknown names, however long, is told in a few KB", async () => {
		const { call } = apiWorld();
		const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`${index}${"x".repeat(20)}`, 1]));
		const { json: problem, body } = await call("enqueueJob", { json: { job: "send_invoice", ...many }, headers: json });
		expect(problem).toMatchObject({ status: 400, code: "message-unknown-field" });
		expect((problem as { problems: string[] }).problems).toEqual([
			'body: has unknown fields "0xxxxxxxxxxxxxxxxxxxx", "1xxxxxxxxxxxxxxxxxxxx", "2xxxxxxxxxxxxxxxxxxxx", "3xxxxxxxxxxxxxxxxxxxx", "4xxxxxxxxxxxxxxxxxxxx" and 19995 more',
		]);
		expect(body.length).toBeLessThan(4_000);
	});

	it("of long problems of a job's own checks is told in a few KB", () => {
		const problems = Array.from({ length: 1_000 }, () => "x".repeat(10_000));
		const { body } = problemOf(
			new MillraceError("invalid-input", "x".repeat(100_000), { details: { problems } }),
			"q-1",
		);
		expect(body).toMatchObject({ problems: Array.from({ length: 20 }, () => "x".repeat(500)) });
		expect(JSON.stringify(body).length).toBeLessThan(13_000);
	});

	it("of bytes that are no UTF-8 is refused, however it is packed", async () => {
		const { call } = apiWorld();
		const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
		expect((await call("enqueueJob", { body, base64: true, headers: json })).json).toMatchObject({
			code: "message-not-json",
		});
	});

	it("is taken in base64 where it is sound", async () => {
		const { call, bodies } = apiWorld();
		const sent = { job: "send_invoice", input: { invoice_id: 1, note: "grüße 🎉" } };
		expect((await call("enqueueJob", { json: sent, base64: true })).statusCode).toBe(202);
		expect(bodies("front")).toMatchObject([{ input: { note: "grüße 🎉" } }]);
	});

	it("is told where there should be none", async () => {
		const { call } = apiWorld();
		for (const operation of operations.filter((name) => ["GET", "DELETE"].includes(routeOf(name).method))) {
			const { statusCode, json: problem } = await call(operation, {
				json: {},
				parameters: { id: "r-1", name: "nightly" },
			});
			expect([operation, statusCode, problem]).toMatchObject([operation, 400, { code: "request-invalid" }]);
		}
	});
});

describe("a hostile address", () => {
	it("with a query is refused by name, without being shown whole", async () => {
		const { call } = apiWorld();
		const { json: problem } = await call("listQueues", { query: `limit=5&${"x".repeat(500)}=1` });
		expect(problem).toMatchObject({ status: 400, code: "request-invalid" });
		expect((problem as { detail: string }).detail).toMatch(/^This route takes no query; got "limit", "x{57}…"\.$/);
	});

	it("finds no route that the gateway does not name", () => {
		const event = { ...eventOf("getJob"), routeKey: "GET /api/v1/../../admin" };
		expect(() => readRequest(event)).toThrow("it knows no route GET /api/v1/../../admin");
		expect(() => readRequest({ ...event, version: "1.0" })).toThrow('event.version: must be "2.0"; got "1.0"');
		expect(() => readRequest(null)).toThrow("payload format 2.0");
	});
});

describe("what a caller sends", () => {
	it("never stands in a header of the answer", async () => {
		const { call } = apiWorld();
		const evil = "x\r\nSet-Cookie: a=b";
		const answers = [
			await call("enqueueJob", { json: { job: evil }, headers: { "X-Evil": evil, traceparent: evil } }),
			await call("getJob", { parameters: { id: evil } }),
			await call("takeWebhook", { parameters: { source: evil } }),
			await call("enqueueJob", {
				json: { job: "send_invoice", input: { invoice_id: 1 }, id: "a:b", headers: { evil } },
			}),
		];
		for (const { headers } of answers) for (const value of Object.values(headers)) expect(value).not.toMatch(/[\r\n]/);
		expect(answers[3]?.headers["location"]).toBe("/api/v1/jobs/a%3Ab");
	});
});
