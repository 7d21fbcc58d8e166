/** The main job's progress: what is written as its events come, and when none come. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLiveProgress } from "../../../local/main-job/live-progress.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("live progress", () => {
	const metric = (job: string, more: object) => ({
		type: "metric" as const,
		stack: "Millrace",
		functionId: "F",
		metric: { job, ...more },
	});

	function setup(isTty: boolean) {
		const written: string[] = [];
		let now = 0;
		let outstanding = { inFlight: 0, delayed: 0, untilMs: 0 };
		const output = { write: (text: string) => written.push(text), isTty, columns: 200 };
		const progress = createLiveProgress(100, output, {
			outstanding: () => outstanding,
			now: () => now,
		});
		return {
			written,
			progress,
			setNow: (ms: number) => {
				now = ms;
				vi.advanceTimersToNextTimer();
			},
			setOutstanding: (value: typeof outstanding) => {
				outstanding = value;
			},
		};
	}

	test("is a plain line every five seconds elsewhere than on a terminal", () => {
		const { written, progress, setNow } = setup(false);
		progress.onSent(100);
		progress.onEvent(metric("pipeline_execution_record_task", { RunsSucceeded: 60 }));
		setNow(5_000);
		progress.onEvent(metric("detect_anomalies_task", { RunsSucceeded: [4, 6] }));
		expect(written).toEqual(["████████░░░░░░░░░░░░░░░░  35%  100 of 100 sent, 60 recorded, 10 checked, 14 runs/s\n"]);
	});

	test("is written over in place on a terminal, and taken away at the end", () => {
		const { written, progress, setNow } = setup(true);
		setNow(200);
		progress.onSent(1);
		progress.end();
		expect(written[0]?.startsWith("\r\u001b[2K░")).toBe(true);
		expect(written.at(-1)).toBe("\r\u001b[2K");
	});

	test("tells apart what an earlier start has performed", () => {
		const { written, progress } = setup(false);
		progress.onEarlier(70);
		progress.onEvent(metric("pipeline_execution_record_task", { DuplicatesAcknowledged: 30 }));
		progress.end();
		expect(written.at(-1)).toContain("100%  0 of 100 sent, 0 recorded, 0 checked, 100 by an earlier start, 0 runs/s");
	});

	test("says what it waits for when nothing has moved for some seconds, and again later", () => {
		const { written, progress, setNow, setOutstanding } = setup(false);
		progress.onSent(100);
		setOutstanding({ inFlight: 10, delayed: 0, untilMs: 110_000 });
		for (const ms of [4_000, 5_000, 6_000, 34_000]) setNow(ms);
		setOutstanding({ inFlight: 1, delayed: 2, untilMs: 110_000 });
		for (const ms of [35_000, 36_000]) setNow(ms);
		expect(written).toEqual([
			"waiting for 10 messages in flight, back after at most 105 s\n",
			"waiting for 1 message in flight and 2 delayed, back after at most 75 s\n",
		]);
		progress.end();
		expect(vi.getTimerCount()).toBe(0);
	});

	test("waits in silence when no message waits", () => {
		const { written, setNow } = setup(false);
		setNow(60_000);
		expect(written).toEqual([]);
	});
});
