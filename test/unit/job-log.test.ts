import { expect, it } from "vitest";
import { createLogLines } from "../../lambdas/log/log-lines.ts";
import { createJobLog } from "../../lambdas/worker/worker-telemetry.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import type { Trail } from "../../shared/ports/telemetry.ts";

const trail: Trail = {
	runId: "r-1",
	job: "send_mail",
	queueClass: "mail",
	messageId: "m-1",
	sentAt: epochMs(0),
	attempt: 2,
	tenant: "acme",
	traceId: () => "0af7651916cd43dd8448eb211c80319c",
	span: () => ({
		traceId: "0af7651916cd43dd8448eb211c80319c",
		queueSpanId: "aaaaaaaaaaaaaaaa",
		spanId: "b7ad6b7169203331",
		leg: 3,
		sampled: true,
		traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}),
};

function setup(environment: Record<string, string> = {}) {
	const lines: Record<string, unknown>[] = [];
	const logger = createLogLines({ POWERTOOLS_SERVICE_NAME: "mailers", ...environment }, (line) =>
		lines.push(JSON.parse(line)),
	);
	return { lines, logger };
}

it("names run, job, attempt, leg, tenant and trace in every line, and renames fields that would stand in their place", () => {
	const { lines, logger } = setup();
	const log = createJobLog(logger, trail);
	log.info("read", { rows: 3, runId: "another", level: "CRITICAL", _aws: { CloudWatchMetrics: [] } });
	log.error("gone");
	const named = {
		runId: "r-1",
		job: "send_mail",
		attempt: 2,
		leg: 3,
		tenant: "acme",
		traceId: "0af7651916cd43dd8448eb211c80319c",
		spanId: "b7ad6b7169203331",
		service: "mailers",
		timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
	};
	expect(lines).toEqual([
		{
			level: "INFO",
			message: "read",
			...named,
			rows: 3,
			own_runId: "another",
			own_level: "CRITICAL",
			own__aws: { CloudWatchMetrics: [] },
		},
		{ level: "ERROR", message: "gone", ...named },
	]);
});

it("names no span where none is recorded, and no tenant where there is none, not even one that the job gives", () => {
	const { lines, logger } = setup();
	const { span: _, ...unclaimed } = trail;
	createJobLog(logger, { ...unclaimed, tenant: undefined }).info("read", { tenant: "forged", spanId: "forged" });
	expect(lines).toEqual([expect.objectContaining({ own_tenant: "forged", own_spanId: "forged", runId: "r-1" })]);
	expect(lines[0]).not.toHaveProperty("tenant");
	expect(lines[0]).not.toHaveProperty("spanId");
});

it("writes what the level admits and computes nothing for the rest", () => {
	const told = (environment: Record<string, string>) => {
		const { lines, logger } = setup(environment);
		const asked: string[] = [];
		for (const level of ["debug", "info", "warn", "error"] as const)
			logger[level](level, () => {
				asked.push(level);
				return {};
			});
		expect(lines.map(({ message }) => message)).toEqual(asked);
		return asked;
	};
	expect(told({})).toEqual(["info", "warn", "error"]);
	expect(told({ POWERTOOLS_LOG_LEVEL: "debug" })).toEqual(["debug", "info", "warn", "error"]);
	expect(told({ AWS_LAMBDA_LOG_LEVEL: "ERROR" })).toEqual(["error"]);
	expect(told({ POWERTOOLS_LOG_LEVEL: "SILENT", AWS_LAMBDA_LOG_LEVEL: "DEBUG" })).toEqual([]);
	expect(told({ POWERTOOLS_LOG_LEVEL: "loud" })).toEqual(["info", "warn", "error"]);
});

it("says of which invocation a line is, and which was the first of its process", () => {
	const { lines, logger } = setup({ _X_AMZN_TRACE_ID: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1" });
	logger.enter({ functionName: "Worker", awsRequestId: "q-1" });
	logger.info("one");
	logger.enter({ functionName: "Worker", awsRequestId: "q-2" });
	logger.info("two");
	const of = { function_name: "Worker", xray_trace_id: "1-5759e988-bd862e3fe1be46a994272793" };
	expect(lines).toEqual([
		expect.objectContaining({ ...of, function_request_id: "q-1", cold_start: true }),
		expect.objectContaining({ ...of, function_request_id: "q-2", cold_start: false }),
	]);
});

it("shows what JSON can't say in words, errors with their cause, and what can't be read as such", () => {
	const { lines, logger } = setup();
	const circle: Record<string, unknown> = { name: "circle" };
	circle["self"] = circle;
	logger.info("values", undefined, {
		big: 12n,
		none: Number.NaN,
		missing: undefined,
		when: new Date("2026-11-20T09:00:00Z"),
		tags: new Set(["a"]),
		error: new TypeError("bad", { cause: new Error("worse") }),
		get broken(): string {
			throw new Error("no");
		},
	});
	logger.info("circle", undefined, { circle });
	expect(lines[0]).toMatchObject({
		big: "12",
		none: "NaN",
		when: "2026-11-20T09:00:00.000Z",
		tags: ["a"],
		error: { name: "TypeError", message: "bad", stack: expect.any(String), cause: { message: "worse" } },
		broken: "(unreadable)",
	});
	expect(lines[0]).not.toHaveProperty("missing");
	expect(JSON.stringify(lines[1])).toContain('"self":"…"');
});

it("bounds a line, however much it is given", () => {
	const texts: string[] = [];
	const logger = createLogLines({}, (line) => texts.push(line));
	const field = "€".repeat(20_000);
	const fields = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field${index}`, field]));
	logger.info(field, undefined, fields);
	logger.info("deep", undefined, { list: Array.from({ length: 300 }, () => fields) });
	for (const text of texts) {
		expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
		expect(JSON.parse(text)).toMatchObject({ level: "INFO" });
	}
	expect(texts).toHaveLength(2);
});
