/** The main job on a small series, through the synthesized app on the local stack: found, reported, and not doubled by a second start. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { beforeAll, expect, test } from "vitest";
import { toPipelines } from "../../local/main-job/executions.ts";
import { runMainJob } from "../../local/main-job/run-main-job.ts";
import type { Series } from "../../local/main-job/series.ts";
import { at, minutesAfter } from "../support/observability/setup-store.ts";
import { run } from "./local-run.ts";
import { ownAssembly } from "./real-stack.ts";

let assemblyDir: string;
beforeAll(async () => {
	assemblyDir = await ownAssembly();
});

const start = at("2026-11-20T00:00:00Z");
const indices = Array.from({ length: 45 }, (_, index) => index);

/** 10 and 11 in turn, and 99 in the fortieth place. */
const series: Series = {
	name: "small",
	points: indices.map((index) => ({ at: minutesAfter(start, 5 * index), value: index === 40 ? 99 : 10 + (index % 2) })),
	windows: [{ from: minutesAfter(start, 195), to: minutesAfter(start, 205) }],
};

test("every execution is recorded and checked once, and the labelled one is found by both methods", async () => {
	const { stack, events } = await run({ assemblyDir });
	const pipelines = toPipelines([series], "full");
	const sent: number[] = [];
	const hooks = { signal: new AbortController().signal, onSent: (count: number) => sent.push(count), onNote: () => {} };
	const expected = {
		runs: 90,
		earlier: 0,
		failed: [],
		detections: new Map([
			[
				101,
				[
					{ at: minutesAfter(start, 200), method: "z-score" },
					{ at: minutesAfter(start, 200), method: "robust" },
				],
			],
		]),
	};
	expect(await runMainJob(stack, pipelines, hooks)).toEqual(expected);
	expect(sent).toEqual([45]);
	const earlier: number[] = [];
	const again = { ...hooks, kept: true, onEarlier: (count: number) => earlier.push(count) };
	expect(await runMainJob(stack, pipelines, again)).toEqual({ ...expected, earlier: 90 });
	expect([sent, earlier]).toEqual([[45], [45]]);

	const performed = events
		.flatMap((event) =>
			event.type === "metric" && event.metric["job"] === "detect_anomalies_task" ? [event.metric] : [],
		)
		.reduce((sum, metric) => sum + Number(metric["RunsSucceeded"] ?? 0), 0);
	expect(performed).toBe(45);
});

test("it ends when its own runs have, whatever else the stack holds, and says what that is", async () => {
	const { stack, sqs } = await run({ assemblyDir });
	const QueueUrl = stack.platforms["Millrace"]?.queues["observability"]?.url;
	await sqs.send(
		new SendMessageCommand({ QueueUrl, MessageBody: '{"job":"freshness_check_task"}', DelaySeconds: 900 }),
	);
	const notes: string[] = [];
	const hooks = { signal: new AbortController().signal, onSent: () => {}, onNote: (text: string) => notes.push(text) };
	expect(await runMainJob(stack, toPipelines([series], "full"), hooks)).toMatchObject({ runs: 90, failed: [] });
	// The app's own half-minute tick may be on its way.
	expect(notes.at(-1)).toMatch(
		/^All runs of the main job have ended; the stack holds others: [12] delayed, back after at most [78]\d\d s\.$/,
	);
	expect([1, 2]).toContain(stack.outstanding().delayed);
});

test("it ends with the signal's reason", async () => {
	const { stack } = await run({ assemblyDir });
	const hooks = { signal: AbortSignal.abort(new Error("interrupted")), onSent: () => {}, onNote: () => {} };
	await expect(runMainJob(stack, toPipelines([series], "full"), hooks)).rejects.toThrow("interrupted");
});
