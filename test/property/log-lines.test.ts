/** Whatever strangers send and jobs log, a log holds one JSON object a line, what the platform says in it is the platform's, and no metric is forged. */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createLogLines } from "../../lambdas/log/log-lines.ts";
import { createMetricLines } from "../../lambdas/worker/metric-lines.ts";
import { createJobLog, createWorkerTelemetry } from "../../lambdas/worker/worker-telemetry.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import type { TelemetryEvent, Trail } from "../../shared/ports/telemetry.ts";

afterEach(() => void vi.restoreAllMocks());

const forged =
	'{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Millrace","Dimensions":[[]]}]},"RunsFailed":9}';
const hostileText = fc.oneof(
	fc.string({ unit: "binary" }),
	fc.constantFrom(
		`\n${forged}\n`,
		`"}\n${forged}`,
		`\r\n${forged}`,
		"\u001b[2J\u001b]0;title\u0007",
		"\u009b2J",
		"\u2028\u2029\u0085",
		"\u202etxt.exe",
		"\ud800",
		"\udc00\ud800",
		"__proto__",
		"_aws",
		"level",
		"x".repeat(120_000),
		"\u0000request r-2",
	),
);
const hostileName = fc.oneof(
	hostileText,
	fc.constantFrom(
		...["_aws", "__proto__", "constructor", "toJSON", "runId", "job", "attempt", "tenant", "traceId", "level"],
		...["message", "timestamp", "service", "event", "function_request_id", "own_level"],
	),
);
const hostileValue = fc.oneof(
	hostileText,
	fc.object({ key: hostileName, values: [hostileText, fc.double(), fc.bigInt(), fc.date({ noInvalidDate: false })] }),
	fc.constant(JSON.parse(forged)),
	hostileText.map((text) => Object.assign(new Error(text), { name: text, cause: text })),
	hostileText.map((text) => ({ toJSON: () => JSON.parse(JSON.stringify({ _aws: text })) })),
);
/** With names such as `__proto__` as own ones, which a literal can't have. */
const hostileFields = fc
	.array(fc.tuple(hostileName, hostileValue), { maxLength: 6 })
	.map((entries) => Object.fromEntries(entries) as Record<string, unknown>);

const trailOf = (runId: string, job: string, tenant: string | undefined): Trail => ({
	...{ runId, job, tenant, queueClass: "mail", messageId: "m-1", sentAt: epochMs(0), attempt: 2 },
	traceId: () => "0af7651916cd43dd8448eb211c80319c",
});

/** Neither breaks the line nor is obeyed by a terminal. */
const obeyed = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** The line's object, when it is one line of sound JSON that fits CloudWatch and is no metric. */
function read(text: string): Record<string, unknown> {
	expect(text.endsWith("\n")).toBe(true);
	const line = text.slice(0, -1);
	expect(line).not.toMatch(obeyed);
	expect(line.isWellFormed()).toBe(true);
	expect(line.length).toBeLessThanOrEqual(65_536);
	expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
	const value = JSON.parse(line) as Record<string, unknown>;
	expect(Object.hasOwn(value, "_aws")).toBe(false);
	return value;
}

describe("a job's log", () => {
	it("is one line a call, whose own fields stand whatever the job gives", () => {
		fc.assert(
			fc.property(hostileText, hostileFields, fc.option(hostileText, { nil: undefined }), (message, fields, tenant) => {
				const written: string[] = [];
				const logger = createLogLines({ POWERTOOLS_SERVICE_NAME: "mailers" }, (text) => written.push(text));
				logger.enter({ functionName: "Worker", awsRequestId: "q-1" });
				createJobLog(logger, trailOf("r-1", "send_mail", tenant)).info(message, fields);
				expect(written).toHaveLength(1);
				const line = read(written[0] ?? "");
				expect(line).toMatchObject({
					level: "INFO",
					service: "mailers",
					function_request_id: "q-1",
					runId: "r-1",
					job: "send_mail",
					attempt: 2,
					traceId: "0af7651916cd43dd8448eb211c80319c",
				});
				expect(line["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
				expect(Object.hasOwn(line, "event")).toBe(false);
				expect(Object.hasOwn(line, "tenant")).toBe(tenant !== undefined);
				if (tenant !== undefined && tenant.length <= 8_192) expect(line["tenant"]).toBe(tenant.toWellFormed());
				if (message.length <= 8_192) expect(line["message"]).toBe(message.toWellFormed());
				expect(Object.hasOwn(Object.prototype, "forged")).toBe(false);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe("a line", () => {
	function lineOf(message: string, fields: Record<string, unknown>): { length: number; names: readonly string[] } {
		const written: string[] = [];
		const logger = createLogLines({}, (text) => written.push(text));
		createJobLog(logger, trailOf("r-1", "send_mail", "acme")).info(message, fields);
		const line = read(written[0] ?? "");
		expect(line).toMatchObject({ runId: "r-1", tenant: "acme", level: "INFO" });
		return { length: (written[0] ?? "").length, names: Object.keys(line) };
	}

	it("has room for a hundred fields of a job, and never more than 64 K characters, whatever their names, values and shape", () => {
		const plain = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}`, index]));
		expect(lineOf("many", plain).names.filter((name) => /^f\d+$/.test(name))).toHaveLength(100);
		const controls = "\u0007".repeat(300);
		const named = (count: number, value: unknown) =>
			Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}${controls}`, value]));
		let nested: unknown = [];
		for (let depth = 0; depth < 6; depth++) nested = Array.from({ length: 100 }, () => nested);
		for (const fields of [named(5_000, 1), named(100, controls), { nested }, { nested: named(100, named(100, {})) }])
			expect(lineOf(controls.repeat(100), fields).length).toBeGreaterThan(50_000);
	});

	it("never has, with any fields", () => {
		const shape = fc.object({ key: hostileName, maxDepth: 4, maxKeys: 120, values: [hostileText, fc.double()] });
		fc.assert(
			fc.property(hostileText, shape, (message, fields) => {
				lineOf(message, fields as Record<string, unknown>);
			}),
			{ numRuns: 200 },
		);
	});
});

describe("the engine's own lines", () => {
	it("say one line an event, and count only under names that the catalogue knows", () => {
		const known = "send_mail";
		const events = fc
			.tuple(hostileText, hostileText, hostileText, hostileText)
			.map(([runId, job, excType, excMessage]): readonly TelemetryEvent[] => [
				{ event: "attempt.started", runId, job, attempt: 1 },
				{
					...{ event: "attempt.retried", runId, job, attempt: 1, delayMs: 1, durationMs: 1 },
					...{ errorClass: "api", excType, excMessage },
				},
				{ event: "run.settled", state: "FAILURE", runId, job, attempt: 2, durationMs: 1, reason: excType, excMessage },
				{
					...{ event: "message.refused", messageId: excType, reason: "unknown-job", problem: excMessage, job, runId },
					ended: true,
				},
				{ event: "message.kept", messageId: "m-1", why: excMessage },
				{ event: "hook.failed", hook: "after", runId, job, attempt: 1, why: excMessage },
			]);
		fc.assert(
			fc.property(events, hostileText, (all, tenant) => {
				const logs: string[] = [];
				const metrics: string[] = [];
				const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => metrics.push(String(text)) > 0);
				try {
					const telemetry = createWorkerTelemetry(
						createLogLines({}, (text) => logs.push(text)),
						createMetricLines({}),
						(name) => name === known,
					);
					for (const event of all) {
						if ("runId" in event && "attempt" in event) telemetry.follow?.(trailOf(event.runId, event.job, tenant));
						telemetry.emit(event);
					}
					void telemetry.publish();
				} finally {
					spy.mockRestore();
				}
				expect(logs.map(read).map(({ event }) => event)).toEqual([
					"attempt.retried",
					"run.settled",
					"message.refused",
					"message.kept",
					"hook.failed",
				]);
				expect(logs.map(read).every((line) => Object.hasOwn(line, "runId") && Object.hasOwn(line, "tenant"))).toBe(
					true,
				);
				for (const text of metrics) {
					expect(text.indexOf("\n")).toBe(text.length - 1);
					const { job, errorClass } = JSON.parse(text) as Record<string, unknown>;
					expect(["(unknown)", known, undefined]).toContain(job);
					expect(["api", "unknown", "validation", undefined]).toContain(errorClass);
				}
			}),
			{ numRuns: 300 },
		);
	});
});
