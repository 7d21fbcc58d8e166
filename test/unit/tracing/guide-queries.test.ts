/** The guide's queries ask for fields that lines have. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createLogLines } from "../../../lambdas/log/log-lines.ts";
import { createMetricLines } from "../../../lambdas/worker/metric-lines.ts";
import { createJobLog, createWorkerTelemetry } from "../../../lambdas/worker/worker-telemetry.ts";
import { trailOfLeg } from "../../../shared/engine/trail.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { epochMs } from "../../../shared/kernel/time.ts";

const guide = readFileSync("docs/guides/tracing-and-logs.md", "utf8");
const queries = [...guide.matchAll(/```logsinsights\n(.*?)```/gs)].map(([, query = ""]) => query);

/** Without texts, commands, functions and the names that a query gives. */
function fieldsOf(query: string): readonly string[] {
	const given = [...query.matchAll(/ as (\w+)/g)].map(([, name]) => name);
	const words = query
		.replace(/"[^"]*"/g, "")
		.replace(/\w+(?=\()/g, "")
		.match(/[A-Za-z_]\w*/g);
	const own = new Set(["fields", "filter", "stats", "sort", "limit", "as", "by", "and", "asc", "desc", ...given]);
	return [...new Set(words ?? [])].filter((word) => !own.has(word));
}

it("are of fields that are written", () => {
	const lines: Record<string, unknown>[] = [];
	const logger = createLogLines({}, (line) => lines.push(JSON.parse(line)));
	const telemetry = createWorkerTelemetry(logger, createMetricLines({}), () => false);
	const before = {
		...{ runId: "r", job: "sync", queueClass: "c", messageId: "m", sentAt: epochMs(0), attempt: 1, tenant: "acme" },
		traceId: () => "",
	};
	const run = { id: runId("r"), createdAt: epochMs(0), generation: 1, attempts: 1 };
	const trail = trailOfLeg({ sampleRatio: 1 }, before, { job: "sync" }, run);
	createJobLog(logger, trail).info("of a job");
	telemetry.follow?.(trail);
	const failed = {
		runId: "r",
		job: "sync",
		attempt: 1,
		durationMs: 5,
		excType: "E",
		excMessage: "m",
		errorClass: "api",
	} as const;
	telemetry.emit({ event: "attempt.retried", delayMs: 1, ...failed });
	telemetry.emit({ event: "run.settled", state: "FAILURE", ...failed });
	const written = new Set(lines.flatMap((line) => Object.keys(line)));
	expect(lines).toHaveLength(3);
	for (const line of lines)
		expect(Object.keys(line)).toEqual(
			expect.arrayContaining(["runId", "job", "attempt", "leg", "tenant", "traceId", "spanId", "level", "service"]),
		);
	expect(queries).toHaveLength(3);
	for (const query of queries) expect(fieldsOf(query).filter((field) => !written.has(field))).toEqual([]);
	expect(fieldsOf(queries[0] ?? "")).toContain("traceId");
});
