/** The main job's pure parts: which executions a series becomes, and what is made of the findings. */
import { describe, expect, test } from "vitest";
import { choosePoints } from "../../../local/main-job/choose-points.ts";
import { evaluate } from "../../../local/main-job/evaluate.ts";
import { toMessages, toPipelines } from "../../../local/main-job/executions.ts";
import { nextSteps } from "../../../local/main-job/next-steps.ts";
import { parseOptions } from "../../../local/main-job/options.ts";
import { renderPlot } from "../../../local/main-job/plot.ts";
import { formatTable, reportSeries } from "../../../local/main-job/report.ts";
import { parsePoints, readSeries, type Series } from "../../../local/main-job/series.ts";
import { tellError } from "../../../local/main-job/tell-error.ts";
import { createDescriber, describeEvent } from "../../../local/main-job/worker-lines.ts";
import type { DetectionMethod } from "../../../shared/jobs/observability/anomaly.ts";
import { pipelineExecutionRecordTask } from "../../../shared/jobs/observability/pipeline-execution-record-task.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { at, minutesAfter } from "../../support/observability/setup-store.ts";

const start = at("2026-11-20T00:00:00Z");
/** One point every five minutes, with its number as value. */
const pointsUpTo = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ at: minutesAfter(start, 5 * index), value: index }));
const windowOf = (first: number, last: number) => ({
	from: minutesAfter(start, 5 * first),
	to: minutesAfter(start, 5 * last),
});
const found = (index: number, method: DetectionMethod = "z-score") => ({ at: minutesAfter(start, 5 * index), method });

describe("the series", () => {
	test("are five, with twelve windows, each inside its series", () => {
		const all = readSeries();
		expect(all.map(({ name, points, windows }) => [name, points.length, windows.length])).toEqual([
			["ec2_cpu_utilization_24ae8d", 4032, 2],
			["ec2_request_latency_system_failure", 4032, 3],
			["elb_request_count_8c0756", 4032, 2],
			["grok_asg_anomaly", 4621, 3],
			["rds_cpu_utilization_cc0c53", 4032, 2],
		]);
		for (const { points, windows } of all) {
			const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
			expect(windows.every(({ from, to }) => from >= first && from < to && to <= last)).toBe(true);
		}
	});

	test("are read in UTC", () => {
		expect(parsePoints("timestamp,value\n2014-02-14 14:30:00,0.132\n", "a.csv")).toEqual([
			{ at: at("2014-02-14T14:30:00Z"), value: 0.132 },
		]);
	});

	test.each(["2014-02-14 14:30:00,", "2014-02-14 14:30:00", "yesterday,1", ""])("are refused with line %j", (line) => {
		expect(() => parsePoints(`timestamp,value\n${line}\nx`, "a.csv")).toThrow("a.csv, line 2");
	});
});

describe("the points that are recorded", () => {
	const series: Series = { name: "s", points: pointsUpTo(1000), windows: [windowOf(100, 110), windowOf(700, 720)] };

	test("are 216 before each window, the window and 24 after it", () => {
		const values = choosePoints(series, "stretch").map(({ value }) => value);
		expect([values[0], values.length]).toEqual([0, 135 + 261]);
		expect(values.slice(134, 136)).toEqual([134, 484]);
		expect(values.at(-1)).toBe(744);
	});

	test("are all of them in full extent", () => {
		expect(choosePoints(series, "full")).toHaveLength(1000);
	});

	test("become executions, the pipelines in turn, with ids of their own", () => {
		const short = (name: string, count: number): Series => ({ name, points: pointsUpTo(count), windows: [] });
		const messages = toMessages(toPipelines([short("a", 2), short("b", 1)], "full"));
		expect(messages.map(({ key }) => key)).toEqual(["101:1000001", "102:1010001", "101:1000002"]);
		expect(messages[2]?.input).toEqual({
			pipeline_id: 101,
			pipeline_execution_id: 1_000_002,
			started_at: "2026-11-20T00:00:00.000Z",
			ended_at: "2026-11-20T00:05:00.000Z",
			status: "success",
			metrics: { value: 1 },
		});
		for (const { input } of messages) expect(pipelineExecutionRecordTask.input.safeParse(input).success).toBe(true);
	});

	test("have the ids 1, 2, … by default, so that the first example of the documentation is there", () => {
		const [first] = toPipelines([series], "stretch");
		expect([first?.pipeline, first?.firstExecution]).toEqual([1, 1]);
	});
});

const given = {
	points: pointsUpTo(100),
	windows: [windowOf(20, 29), windowOf(60, 69)],
	detections: [found(5), found(20), found(29), found(30), found(61, "robust")],
	unjudged: 10,
};

describe("an evaluation", () => {
	test("counts windows hit and missed, and false alarms per thousand judged outside them", () => {
		// Outside: 90 judged less 20 in windows.
		expect(evaluate("z-score", given)).toEqual({
			hits: 1,
			missed: [windowOf(60, 69)],
			detections: 4,
			falseAlarms: 2,
			quiet: 70,
			falseAlarmsPerThousand: expect.closeTo(28.571, 3),
		});
		expect(evaluate("robust", given)).toMatchObject({ hits: 1, missed: [windowOf(20, 29)], falseAlarms: 0 });
	});

	test("of nothing is nothing", () => {
		const nothing = { points: [], windows: [], detections: [], unjudged: 30 };
		expect(evaluate("z-score", nothing)).toEqual({
			hits: 0,
			missed: [],
			detections: 0,
			falseAlarms: 0,
			quiet: 0,
			falseAlarmsPerThousand: 0,
		});
	});
});

describe("a report", () => {
	const pipeline = {
		series: { name: "cpu", points: given.points, windows: given.windows },
		pipeline: 1,
		points: given.points,
		firstExecution: 1,
	};
	const report = reportSeries(pipeline, given.detections, { minimum_history: 10 }, "out/plots/cpu.svg");

	test("holds what was found per method", () => {
		expect(report).toMatchObject({
			series: "cpu",
			executions: 100,
			from: "2026-11-20T00:00:00.000Z",
			to: "2026-11-20T08:15:00.000Z",
			windows: 2,
			methods: {
				"z-score": {
					hits: 1,
					misses: 1,
					missed_windows: [{ from: "2026-11-20T05:00:00.000Z", to: "2026-11-20T05:45:00.000Z" }],
					false_alarms: 2,
					false_alarms_per_thousand: 28.6,
				},
				robust: { hits: 1, misses: 1, false_alarms: 0 },
			},
		});
	});

	test("as a table has a line for each method, and one for all", () => {
		expect(formatTable([report]).split("\n")).toEqual([
			"series  executions  method   windows  hits  misses  false alarms  per 1,000",
			"──────  ──────────  ───────  ───────  ────  ──────  ────────────  ─────────",
			"cpu            100  z-score        2     1       1             2       28.6",
			"                    robust         2     1       1             0        0.0",
			"──────  ──────────  ───────  ───────  ────  ──────  ────────────  ─────────",
			"all            100  z-score        2     1       1             2       28.6",
			"                    robust         2     1       1             0        0.0",
		]);
	});
});

describe("a plot", () => {
	const svg = renderPlot({ title: "cpu < 5 & more", subtitle: "z-score", ...given });

	test("has its line, a shade for each window and a mark for each detection", () => {
		// One of each is in the legend.
		expect(svg.match(/class="window"/g)).toHaveLength(3);
		expect(svg.match(/<circle class="z-score"/g)).toHaveLength(5);
		expect(svg.match(/<path class="robust"/g)).toHaveLength(2);
		expect(svg.match(/<path class="line" d="M64 /g)).toHaveLength(1);
	});

	test("is readable on light and dark grounds, and spells texts safely", () => {
		expect(svg).toContain("@media (prefers-color-scheme: dark)");
		expect(svg).toContain(">cpu &lt; 5 &amp; more<");
		expect(svg).not.toContain("NaN");
	});

	test("breaks the line where time is left out", () => {
		const points = given.points.filter((_, index) => index < 40 || index >= 60);
		const broken = renderPlot({ title: "", subtitle: "", points, windows: [], detections: [] });
		expect(broken.match(/class="gap"/g)).toHaveLength(1);
		expect(broken.match(/M\d/g)?.length).toBeGreaterThanOrEqual(2);
	});

	test("keeps at most a few points a pixel's column of a long series", () => {
		const points = Array.from({ length: 20_000 }, (_, index) => ({ at: minutesAfter(start, index), value: index % 7 }));
		expect(renderPlot({ title: "", subtitle: "", points, windows: [], detections: [] }).length).toBeLessThan(100_000);
	});
});

describe("the options", () => {
	test("are few", () => {
		expect(parseOptions([])).toEqual({ once: false, json: false, extent: "stretch", dataDir: undefined, help: false });
		expect(parseOptions(["--once", "--json", "--full", "--data", "kept"])).toEqual({
			once: true,
			json: true,
			extent: "full",
			dataDir: "kept",
			help: false,
		});
	});

	test.each([["--twice"], ["--data"], ["--data="], ["extra"]])("refuse %s and name the help", (argument) => {
		expect(() => parseOptions([argument])).toThrow(/\nSee `npm start -- --help`\.$/);
	});
});

test("the next steps name the queue, the endpoint and an execution that is there", () => {
	const text = nextSteps({
		sqsEndpoint: "http://127.0.0.1:4100",
		region: "us-east-1",
		platform: {
			table: "t",
			bucket: "b",
			queues: { observability: { url: "http://127.0.0.1:4100/000000000000/q", deadLetterUrl: "d" } },
		},
		api: "http://127.0.0.1:4101",
		pipeline: 1,
		execution: 7,
	});
	expect(text).toContain(
		"  curl -s http://127.0.0.1:4101/api/v1/jobs -H 'content-type: application/json' -d '{\"job\":",
	);
	expect(text).toContain(
		'npx millrace call detect_anomalies_task --input \'{"pipeline_id":1,"pipeline_execution_id":7}\' --wait',
	);
	expect(text).toContain("--endpoint-url http://127.0.0.1:4100 --queue-url http://127.0.0.1:4100/000000000000/q");
});

describe("a worker's line for people", () => {
	const log = (line: string) => describeEvent({ type: "log", stack: "S", functionId: "F", stream: "stdout", line });

	test("names run and reason", () => {
		const line = { level: "ERROR", message: "Run failed", job: "a_task", runId: "r-1", excMessage: "no such thing" };
		expect(log(JSON.stringify(line))).toBe("ERROR a_task r-1: Run failed: no such thing");
	});

	test("is the line itself when it is no JSON, and none for a debug line", () => {
		expect(log("hello")).toBe("hello");
		expect(log('{"level":"DEBUG","message":"x"}')).toBeUndefined();
	});

	test("spells out what a terminal would obey, whoever wrote it", () => {
		const spelled = "a\\u000ab\\u001b[31m\\u202e";
		const hostile = "a\nb\u001b[31m\u202e";
		expect(log(hostile)).toBe(spelled);
		const line = { level: "ERROR", message: hostile, job: hostile, runId: "r", excMessage: hostile, own: "\u202e" };
		expect(log(JSON.stringify(line))).toBe(`ERROR ${spelled} r: ${spelled}: ${spelled} {"own":"\\u202e"}`);
		const failed = { type: "environment-failed", stack: "S", functionId: "F", message: "Error: x\n\u001b[2J" } as const;
		expect(describeEvent(failed)).toBe("F does not start: Error: x\n\\u001b[2J");
	});

	test("tells what ended, from the metrics", () => {
		const metric = { job: "a_task", RunsSucceeded: 2, RunDuration: [1, 2], AttemptsStarted: 2 };
		expect(describeEvent({ type: "metric", stack: "S", functionId: "F", metric })).toBe("a_task: RunsSucceeded 2");
	});
});

describe("a line of a tick", () => {
	const source = { stack: "S", functionId: "F" };
	const tick = (schedule: string, at: string) =>
		JSON.stringify({ job: "a_task", input: {}, schedule: { name: schedule, at: `2026-11-20T${at}Z` } });
	const performed = (bodies: readonly string[]) => {
		const describeNext = createDescriber();
		const messageIds = bodies.map((_, index) => String(index));
		expect(
			describeNext({ type: "invocation-started", ...source, requestId: "r", pid: 1, messageIds, bodies }),
		).toBeUndefined();
		return (metric: object, requestId = "r") =>
			describeNext({ type: "metric", ...source, requestId, metric: { job: "a_task", ...metric } });
	};

	test("names the schedule, the time that it was due, and the state", () => {
		const describeNext = performed([tick("poll", "10:05:30.000")]);
		expect(describeNext({ RunsSucceeded: 1 })).toBe("schedule poll, tick of 10:05:30: SUCCESS");
		expect(describeNext({ RunsSkipped: 1, TicksSkipped: 1 })).toBe("schedule poll, tick of 10:05:30: SKIPPED");
		expect(describeNext({ RunsSucceeded: 1 }, "another")).toBe("a_task: RunsSucceeded 1");
		expect(describeNext({ RunsSucceeded: 1, job: "b_task" })).toBe("b_task: RunsSucceeded 1");
		expect(describeNext({ AttemptsStarted: 1 })).toBeUndefined();
	});

	test("names each of a batch, and their states only where all have the same", () => {
		const describeNext = performed([tick("poll", "10:05:00Z"), tick("report", "10:00:00Z")]);
		expect(describeNext({ RunsSucceeded: 2 })).toBe(
			"schedule poll, tick of 10:05:00: SUCCESS; schedule report, tick of 10:00:00: SUCCESS",
		);
		expect(describeNext({ RunsSucceeded: 1, RunsSkipped: 1 })).toBe(
			"schedule poll, tick of 10:05:00; schedule report, tick of 10:00:00; a_task: RunsSucceeded 1, RunsSkipped 1",
		);
	});

	test("spells out what a terminal would obey in a name or a time, which anybody may send", () => {
		const body = { job: "a_task", schedule: { name: "poll\n\u001b]0;x\u0007", at: "2026-11-20T\u001b[2J5:30" } };
		expect(performed([JSON.stringify(body)])({ RunsSucceeded: 1 })).toBe(
			"schedule poll\\u000a\\u001b]0;x\\u0007, tick of \\u001b[2J5:30: SUCCESS",
		);
	});

	test("is none for messages that only speak of schedules", () => {
		const other = JSON.stringify({ job: "a_task", input: { schedule: { name: "x", at: "y" } } });
		expect(performed([other, '"schedule"', "{"])({ RunsSucceeded: 1 })).toBe("a_task: RunsSucceeded 1");
	});
});

test("a class that an operator changed tells how it is now", () => {
	const changed = { type: "class-changed", queueClass: "lineage", enabled: true, invocationsMax: 4 } as const;
	expect(describeEvent(changed)).toBe("lineage: at most 4 invocations at the same time");
	expect(describeEvent({ ...changed, enabled: false })).toBe("lineage: paused");
});

test("what of a changed catalogue needs a restart is one line", () => {
	expect(describeEvent({ type: "restart-needed", parts: ["schedules", "queue classes"] })).toBe(
		"The catalogue's schedules and queue classes changed: stop and start the stack to take that up. Code and jobs are taken at once.",
	);
});

test("a function that can't start is told once, and so is that it starts again", () => {
	const describeOnce = createDescriber();
	const source = { stack: "S", functionId: "F" };
	const failed = { type: "environment-failed", ...source, message: "Error: boom (at jobs/a.ts:1:7)" } as const;
	const started = { type: "environment-started", ...source, pid: 1, initMs: 1 } as const;
	const lines = [
		started,
		failed,
		{
			type: "invocation-finished",
			...source,
			requestId: "r",
			pid: 1,
			end: "error",
			durationMs: 1,
			records: 1,
			failed: 1,
			error: failed.message,
		} as const,
		failed,
		{ type: "code-replaced", ...source } as const,
		failed,
		{ type: "code-replaced", ...source } as const,
		started,
		started,
	].map(describeOnce);
	expect(lines).toEqual([
		undefined,
		"F does not start: Error: boom (at jobs/a.ts:1:7)",
		undefined,
		undefined,
		"F: new code",
		"F does not start: Error: boom (at jobs/a.ts:1:7)",
		"F: new code",
		"F starts again",
		undefined,
	]);
});

test.each([
	["usage", "error usage: why", 2],
	["local-stack-running", "error local-stack-running: why", 2],
	["local-stack-failed", "error local-stack-failed: why", 4],
] as const)("an error %s has its code in front, and the command line's exit code", (code, text, exitCode) => {
	expect(tellError(new MillraceError(code, "why"))).toEqual({ text, exitCode });
});
