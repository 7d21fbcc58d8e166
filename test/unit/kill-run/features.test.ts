/** The judge of the kill run with every feature: each promise that is broken in a journal by hand is found, and nothing else. */
import { describe, expect, it } from "vitest";
import { checkFeatures, type EndedFeatureRun } from "../../support/kill-features/check-features.ts";
import type { FeatureLine } from "../../support/kill-features/journal.ts";

/** "paced_task/k p1 10-20": run p1 performs from 10 to 20 ms, with its hook before; "-" at the end: it is killed. */
function lines(...texts: string[]): FeatureLine[] {
	return texts.flatMap((text, nth): FeatureLine[] => {
		const [kind = "", run = "", times = "", more] = text.split(" ");
		const [job = "", key = ""] = kind.split("/");
		const [began, ended] = times.split("-").map(Number);
		const about = { run, performance: `x-${nth}`, job, key, attempt: nth + 1, leg: 1, pid: 100 + nth };
		const before: FeatureLine = { ...about, event: "before", atMs: began ?? 0 };
		const begin: FeatureLine = { ...about, event: "begin", atMs: began ?? 0 };
		const end: FeatureLine = { ...about, event: "end", done: more !== "failed", atMs: ended ?? 0 };
		return [before, begin, ...(ended === undefined || times.endsWith("-") ? [] : [end])];
	});
}
const run = (id: string, job: string, more: Partial<EndedFeatureRun> = {}): EndedFeatureRun => ({
	id,
	job,
	state: "SUCCESS",
	...more,
});
const check = (runs: EndedFeatureRun[], journal: FeatureLine[], gone: [number, number][] = []) =>
	checkFeatures(runs, journal, new Map(gone)).violations;

describe("checkFeatures", () => {
	it("finds nothing where all is well, a killed performance included", () => {
		const journal = lines("keyed_task/k a 10-", "keyed_task/k a 30-40", "paced_task/k b 10-20");
		const found = checkFeatures([run("a", "keyed_task"), run("b", "paced_task")], journal, new Map([[100, 20]]));
		expect(found).toMatchObject({ violations: [], performances: 3, interrupted: 1, mostOfGroup: 2, mostOfKey: 1 });
	});
	it("finds runs that failed, and those that nobody performed to the end", () => {
		const journal = lines("keyed_task/k a 10-20 failed");
		expect(check([run("a", "keyed_task")], journal)).toEqual(["1 runs were never performed to the end: a SUCCESS"]);
		expect(check([run("a", "keyed_task", { state: "FAILURE" })], lines("keyed_task/k a 10-20"))).toEqual([
			"1 runs did not succeed: a FAILURE",
		]);
	});
	it("lets cached runs perform nothing, and debounced ones be skipped, but not perform", () => {
		const skipped = run("d", "debounced_task", { state: "SKIPPED", reason: "debounced_by: e" });
		expect(check([run("c", "cached_task"), skipped], [])).toEqual([]);
		expect(check([skipped], lines("debounced_task/k d 10-20"))).toEqual(["1 debounced runs performed: d SKIPPED"]);
		expect(check([run("d", "debounced_task", { state: "SKIPPED", reason: "another" })], [])).toEqual([
			"1 runs did not succeed: d SKIPPED",
			"1 runs were never performed to the end: d SKIPPED",
		]);
	});
	it("finds a run performed twice at once", () => {
		expect(check([run("a", "large_task")], lines("large_task/k a 10-30", "large_task/k a 20-40"))).toEqual([
			"1 runs performed twice at once: a",
		]);
	});
	it("finds a cap of 8, a key of 2 and a singleton exceeded", () => {
		const nine = Array.from({ length: 9 }, (_, nth) => `large_task/k r${nth} 10-20`);
		expect(check([], lines(...nine))).toEqual(["9 runs of the group performed at once, its cap is 8"]);
		const keyed = lines("keyed_task/k a 10-20", "keyed_task/k b 10-20", "keyed_task/k c 10-20", "keyed_task/l d 10-20");
		expect(check([], keyed)).toEqual(["3 runs of one key performed at once, its limit is 2"]);
		expect(check([], lines("single_task/k a 10-20", "single_task/k b 15-30"))).toEqual([
			"2 runs of one key performed at once, it is a singleton",
		]);
	});
	it("finds a start too many: 20 a second with a burst of 4", () => {
		const five = Array.from({ length: 5 }, (_, nth) => `paced_task/k r${nth} 1${nth}-2${nth}`);
		expect(check([], lines(...five))).toEqual(["0.92 starts more than the rate allows"]);
		expect(check([], lines(...five.slice(0, 4)))).toEqual([]);
	});
	it("finds an effect with two values", () => {
		const once = (value: string): FeatureLine => ({
			event: "once",
			run: "s",
			performance: "x",
			job: "staged_task",
			key: "stage-1",
			attempt: 1,
			leg: 1,
			pid: 1,
			atMs: 1,
			value,
		});
		expect(check([], [once("one"), once("one")])).toEqual([]);
		expect(check([], [once("one"), once("two")])).toEqual(["1 effects gave two values: s stage-1"]);
	});
	it("finds a performance that its hook did not announce", () => {
		const journal = lines("large_task/k a 10-20").filter(({ event }) => event !== "before");
		expect(check([run("a", "large_task")], journal)).toEqual(["1 performances without their hook: a"]);
	});
	it("finds children missing, too many and too early", () => {
		const parent = run("p", "parent_task", { children: ["c", "d"] });
		const performed = lines("parent_task/k p 0-10", "child_task/k c 1010-1020", "child_task/k d 1010-1020");
		expect(check([parent], performed)).toEqual([]);
		expect(check([run("p", "parent_task", { children: ["c"] })], performed)).toEqual([
			"1 parents without their children: p SUCCESS",
			"1 children of nobody: d",
		]);
		expect(check([parent], lines("parent_task/k p 0-10", "child_task/k c 1009-1020"))).toEqual([
			"1 children that came too soon: p",
		]);
	});
	it("finds a flaky run that went well at its first attempt, and none that was killed before its first line", () => {
		expect(check([run("f", "flaky_task")], lines("flaky_task/k f 10-20"))).toEqual([
			"1 flaky runs that did not take a second attempt: f",
		]);
		const second = lines("large_task/k g 1-2", "flaky_task/k f 10-20");
		expect(check([run("g", "large_task"), run("f", "flaky_task")], second)).toEqual([]);
	});
});
