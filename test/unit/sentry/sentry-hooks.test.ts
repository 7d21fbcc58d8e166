/** Against a server of our own that takes envelopes as Sentry does. */
import {
	createServer,
	type IncomingHttpHeaders,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type SentryOptions, sentryHooks } from "../../../lambdas/sentry/sentry-hooks.ts";
import type { HookedAttempt, HookedError } from "../../../shared/job/hooks.ts";
import { JobError } from "../../../shared/job/index.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import type { SecretSource } from "../../../shared/ports/secret-source.ts";
import { engineWorld } from "../../support/engine-world.ts";

const attempt: HookedAttempt = {
	runId: runId("r-1"),
	job: "send_mail",
	attempt: 4,
	leg: 1,
	tenant: "acme",
	headers: { authorization: "Bearer secret" },
	trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};
const error: HookedError = {
	errorClass: "api",
	excType: "ApiError",
	excMessage: "503 from mail.example.com",
	traceback: "at send (file:///var/task/mail.ts:7:3)\nat file:///var/task/node_modules/http/index.js:1:2\nnothing",
};
const failure = { reason: "attempts-exhausted", error };

interface Got {
	readonly url: string | undefined;
	readonly headers: IncomingHttpHeaders;
	readonly lines: readonly Record<string, unknown>[];
}

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
	let body = "";
	for await (const chunk of request) body += chunk;
	const lines = body.replace(/\n$/, "").split("\n");
	got.push({ url: request.url, headers: request.headers, lines: lines.map((line) => JSON.parse(line)) });
	const { status, retryAfter, hang } = answers.shift() ?? { status: 200 };
	if (hang) return;
	response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end("{}");
}

let got: Got[];
let answers: { status: number; retryAfter?: string; hang?: true }[];
let server: Server;
let dsn: string;
beforeEach(async () => {
	got = [];
	answers = [];
	server = createServer((request, response) => void take(request, response));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	dsn = `http://publickey@127.0.0.1:${(server.address() as AddressInfo).port}/relay/42`;
	vi.stubEnv("POWERTOOLS_SERVICE_NAME", "mail");
});
afterEach(async () => {
	vi.unstubAllEnvs();
	vi.useRealTimers();
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const holding = (value: string | undefined): SecretSource => ({
	read: async (parameter) => (parameter === "/mail/sentry-dsn" ? value : undefined),
});
const toServer = (more: Partial<SentryOptions> = {}) =>
	sentryHooks({ dsnParameter: "/mail/sentry-dsn", secrets: holding(`${dsn}\n`), ...more });

describe("a failure", () => {
	it("becomes one event in an envelope, with the run, its trace and its stack, and nothing of input or headers", async () => {
		await toServer({ environment: "production", release: "v7" }).failure?.(attempt, failure);
		expect(got).toHaveLength(1);
		const [{ url, headers, lines } = { url: "", headers: {}, lines: [] }] = got;
		expect(url).toBe("/relay/api/42/envelope/");
		expect(headers).toMatchObject({
			"content-type": "application/x-sentry-envelope",
			"x-sentry-auth": "Sentry sentry_version=7, sentry_client=millrace, sentry_key=publickey",
		});
		const [head, item, event] = lines;
		expect(head).toEqual({ event_id: event?.["event_id"], sent_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) });
		expect(item).toEqual({ type: "event" });
		expect(event).toEqual({
			event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
			timestamp: expect.any(Number),
			platform: "node",
			level: "error",
			logger: "millrace",
			transaction: "send_mail",
			environment: "production",
			release: "v7",
			server_name: "mail",
			tags: {
				...{ job: "send_mail", run_id: "r-1", attempt: "4", error_class: "api" },
				...{ reason: "attempts-exhausted", tenant: "acme" },
			},
			contexts: {
				trace: { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331", op: "queue.process" },
				run: { run_id: "r-1", job: "send_mail", attempt: 4, leg: 1 },
			},
			exception: {
				values: [
					{
						type: "ApiError",
						value: "503 from mail.example.com",
						mechanism: { type: "millrace", handled: false },
						stacktrace: {
							frames: [
								{
									function: "?",
									filename: "file:///var/task/node_modules/http/index.js",
									lineno: 1,
									colno: 2,
									in_app: false,
								},
								{ function: "send", filename: "file:///var/task/mail.ts", lineno: 7, colno: 3, in_app: true },
							],
						},
					},
				],
			},
		});
	});

	it("shows of the input what the team shows, and forgets it with the attempt", async () => {
		const hooks = toServer({ input: (input) => ({ invoice: (input as { id: number }).id }) });
		await hooks.before?.(attempt, { id: 7, card: "4111 1111 1111 1111" });
		await hooks.failure?.(attempt, failure);
		await hooks.after?.(attempt, { state: "FAILURE", durationMs: 1 });
		await hooks.failure?.(attempt, failure);
		expect(got.map(({ lines }) => lines[2]?.["extra"])).toEqual([{ input: { invoice: 7 } }, undefined]);
		expect(JSON.stringify(got)).not.toContain("4111");
	});

	it("is changed or dropped by the team's last word", async () => {
		const hooks = toServer({
			beforeSend: (event) => (event.transaction === "send_mail" ? { ...event, release: "scrubbed" } : undefined),
		});
		await hooks.failure?.(attempt, failure);
		await hooks.failure?.({ ...attempt, job: "noisy" }, failure);
		expect(got.map(({ lines }) => lines[2]?.["release"])).toEqual(["scrubbed"]);
	});

	it("stays one envelope of three lines, whatever strangers wrote", async () => {
		const evil = '\n{"type":"attachment"}\n\u2028\ud800\u001b[2J__proto__';
		const hooks = toServer();
		await hooks.failure?.(
			{ ...attempt, tenant: evil, job: evil },
			{ reason: evil, error: { ...error, excType: evil, excMessage: evil.repeat(10_000), traceback: evil } },
		);
		expect(got[0]?.lines).toHaveLength(3);
		expect(got[0]?.lines[2]).toMatchObject({ tags: { error_class: "api", run_id: "r-1" } });
		expect(JSON.stringify(got[0]?.lines[2]).length).toBeLessThan(10_000);
	});
});

describe("a retry", () => {
	it("is told as a warning where that is wanted, and else not", async () => {
		const nextAttemptAt = new Date();
		expect(toServer().retry).toBeUndefined();
		await toServer({ retries: true }).retry?.(attempt, { error, nextAttemptAt });
		expect(got[0]?.lines[2]).toMatchObject({
			level: "warning",
			exception: { values: [{ mechanism: { handled: true } }] },
		});
		expect(got[0]?.lines[2]?.["tags"]).not.toHaveProperty("reason");
	});
});

describe("a Sentry that does not take it", () => {
	it.each([
		["refuses", { status: 403 }, "Sentry answered HTTP 403.", 2],
		["is overloaded", { status: 429, retryAfter: "60" }, "Sentry answered HTTP 429.", 1],
		["is broken", { status: 502 }, "Sentry answered HTTP 502.", 1],
		["hangs", { status: 200, hang: true as const }, "The operation was aborted due to timeout", 1],
	])("and %s is told of once, and left alone where that may help", async (_, answer, why, asked) => {
		answers = [answer];
		const hooks = toServer({ timeoutMs: 300 });
		await expect(Promise.resolve(hooks.failure?.(attempt, failure))).rejects.toThrow(why);
		await hooks.failure?.(attempt, failure);
		expect(got).toHaveLength(asked);
	});

	it("is asked again when its pause is over", async () => {
		answers = [{ status: 429, retryAfter: "60" }];
		const hooks = toServer();
		await expect(Promise.resolve(hooks.failure?.(attempt, failure))).rejects.toThrow("429");
		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 59_000 });
		await hooks.failure?.(attempt, failure);
		expect(got).toHaveLength(1);
		vi.setSystemTime(Date.now() + 2_000);
		await hooks.failure?.(attempt, failure);
		expect(got).toHaveLength(2);
	});

	it.each([
		["no parameter", undefined, "There is no parameter /mail/sentry-dsn"],
		["no DSN", "postgres://user:hunter2@db/prod", "holds no DSN of Sentry"],
		["no address", "hunter2", "holds no DSN of Sentry"],
	])("because there is %s says so without what it read", async (_, value, why) => {
		const told = Promise.resolve(toServer({ secrets: holding(value) }).failure?.(attempt, failure));
		await expect(told).rejects.toThrow(why);
		await told.catch((problem: Error) => expect(problem.message).not.toContain("hunter2"));
		expect(got).toEqual([]);
	});
});

it("tells nobody where there is no parameter, and somebody else where a report is given", async () => {
	expect(sentryHooks({ dsnParameter: undefined })).toEqual({});
	const told: unknown[] = [];
	const { failure: tell } = sentryHooks({ report: ({ transaction }) => void told.push(transaction) });
	await tell?.(attempt, failure);
	expect(told).toEqual(["send_mail"]);
});

it("neither fails nor holds up a run of the engine", async () => {
	const told: string[] = [];
	const hooks = sentryHooks({
		async report({ tags }) {
			told.push(`${tags["run_id"]} ${tags["error_class"]}`);
			if (told.length === 1) throw new Error("Sentry is down");
		},
	});
	const world = engineWorld(() => Promise.reject(new JobError("validation", "bad")), { worker: { hooks } });
	await world.send({ job: "work", id: "r", input: { n: 1 } }, { job: "work", id: "s", input: { n: 1 } });
	await world.drain();
	expect(["r", "s"].map((id) => world.row(id)?.state)).toEqual(["FAILURE", "FAILURE"]);
	expect(told).toEqual(["r validation", "s validation"]);
	expect(world.telemetry.named("hook.failed")).toMatchObject([{ hook: "failure", runId: "r", why: "Sentry is down" }]);
});
