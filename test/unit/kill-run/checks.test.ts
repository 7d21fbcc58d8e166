import { describe, expect, it } from "vitest";
import { checkPerformances } from "../../support/kill-run/check-performances.ts";
import { type JournalLine, performancesOf } from "../../support/kill-run/journal.ts";
import { checkWrites } from "../../support/kill-run/watch-writes.ts";

/** "begin a 1@10" is process 1 beginning run a at 10 ms, its first performance of it. */
const lines = (...texts: string[]): JournalLine[] =>
	texts.map((text) => {
		const [event, run = "", place = ""] = text.split(" ");
		const [pid = "", atMs = ""] = place.split("@");
		return {
			event: event === "begin" ? "begin" : "end",
			run,
			performance: `${pid}-${run}`,
			pid: Number(pid),
			atMs: Number(atMs),
		};
	});
const check = (runs: string[], killed: [number, number][], ...texts: string[]) =>
	checkPerformances(runs, performancesOf(lines(...texts)), new Map(killed));

describe("checkPerformances", () => {
	it("finds nothing where every run was performed once", () => {
		expect(check(["a", "b"], [], "begin a 1@10", "end a 1@20", "begin b 2@15", "end b 2@25")).toEqual({
			neverCompleted: [],
			overlapping: [],
			performedAgain: 0,
			completedAgain: 0,
			interrupted: 0,
			performances: 2,
		});
	});
	it("finds a run that nobody completed", () => {
		expect(check(["a", "b"], [[1, 20]], "begin a 1@10")).toMatchObject({
			neverCompleted: ["a", "b"],
			interrupted: 1,
		});
	});
	it("finds two performances at once, also when the first process never ended and was not killed", () => {
		expect(check(["a"], [], "begin a 1@10", "begin a 2@15", "end a 1@20", "end a 2@25").overlapping).toEqual(["a"]);
		expect(check(["a"], [], "begin a 1@10", "begin a 2@900", "end a 2@910").overlapping).toEqual(["a"]);
	});
	it("takes a performance to end with its process", () => {
		expect(check(["a"], [[1, 20]], "begin a 1@10", "begin a 2@21", "end a 2@30")).toMatchObject({
			overlapping: [],
			performedAgain: 1,
			interrupted: 1,
			completedAgain: 0,
		});
		expect(check(["a"], [[1, 20]], "begin a 1@10", "begin a 2@19", "end a 2@30").overlapping).toEqual(["a"]);
	});
	it("counts work that was completed before its settle was lost", () => {
		expect(check(["a"], [[1, 20]], "begin a 1@10", "end a 1@18", "begin a 2@30", "end a 2@40")).toMatchObject({
			performedAgain: 1,
			completedAgain: 1,
			overlapping: [],
		});
	});
});

/** "a STARTED P#1": run a, written as STARTED with that token. */
const writes = (...texts: string[]) =>
	texts.map((text) => {
		const [run = "", state = "", token = ""] = text.split(" ");
		return { run, state, token, attempts: 1 };
	});

describe("checkWrites", () => {
	it("finds nothing in a claim, a take-over and a settle", () => {
		const found = checkWrites(
			writes("a STARTED P#1", "a STARTED P#2", "a SUCCESS S#2", "b STARTED P#3", "b SUCCESS S#3"),
		);
		expect(found).toEqual({ settledTwice: [], settledOnAnotherFence: [] });
	});
	it("finds a run that is written after its end", () => {
		const found = checkWrites(writes("a STARTED P#1", "a SUCCESS S#1", "a SUCCESS S#2"));
		expect(found).toEqual({ settledTwice: ["a"], settledOnAnotherFence: ["a"] });
		expect(checkWrites(writes("a STARTED P#1", "a FAILURE S#1", "a STARTED P#2")).settledTwice).toEqual(["a"]);
	});
	it("finds a settle by an attempt that had lost its fence", () => {
		expect(checkWrites(writes("a STARTED P#1", "a STARTED P#2", "a SUCCESS S#1")).settledOnAnotherFence).toEqual(["a"]);
	});
	it("takes an end without a claim only of runs that may end so, and nothing after it", () => {
		const ended = writes("a SKIPPED S#1");
		expect(checkWrites(ended).settledOnAnotherFence).toEqual(["a"]);
		expect(checkWrites(ended, (run) => run === "a").settledOnAnotherFence).toEqual([]);
		expect(checkWrites(writes("a STARTED P#1", "a SKIPPED S#2"), () => true).settledOnAnotherFence).toEqual(["a"]);
		expect(checkWrites(writes("a SKIPPED S#1", "a SKIPPED S#2"), () => true).settledTwice).toEqual(["a"]);
	});
});
