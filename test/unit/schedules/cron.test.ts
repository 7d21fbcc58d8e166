import { Cron } from "croner";
import { describe, expect, test } from "vitest";
import { eventBridgeCron, parseCron } from "../../../shared/job/cron.ts";
import type { ScheduleRule } from "../../../shared/job/schedule.ts";
import { nextTimes, timesBetween } from "../../../shared/job/schedule-times.ts";
import { epochMs, toIso } from "../../../shared/kernel/time.ts";

const at = (iso: string) => epochMs(Date.parse(iso));
const cron = (text: string, timeZone = "UTC"): ScheduleRule => ({ kind: "cron", cron: text, timeZone });
const next = (rule: ScheduleRule, after: string, count: number) => nextTimes(rule, at(after), count).map(toIso);

/** What the vocabulary has beyond the schedules of seed-schedules.test.ts. `other` is what a cron library takes for the same. */
const fixtures: readonly { what: string; text: string; eventBridge: string; other?: string }[] = [
	{ what: "last day of the month", text: "30 23 L * *", eventBridge: "cron(30 23 L * ? *)" },
	{ what: "February 29th", text: "0 12 29 2 *", eventBridge: "cron(0 12 29 2 ? *)" },
	{
		what: "Friday to Monday",
		text: "0 8 * * fri-mon",
		eventBridge: "cron(0 8 ? * SUN,MON,FRI,SAT *)",
		other: "0 8 * * 5,6,0,1",
	},
	{ what: "Sunday as 7", text: "0 8 * * 7", eventBridge: "cron(0 8 ? * SUN *)" },
	{ what: "uneven minutes", text: "1,2,4 * 13 * *", eventBridge: "cron(1,2,4 * 13 * ? *)" },
	{
		what: "a step that starts late",
		text: "5/20 22-2 * * *",
		eventBridge: "cron(5/20 0,1,2,22,23 * * ? *)",
		other: "5,25,45 22,23,0,1,2 * * *",
	},
];

describe.each(fixtures)("$what", ({ text, eventBridge, other = text }) => {
	test("is told to EventBridge in its own spelling", () => {
		expect(eventBridgeCron(parseCron(text))).toBe(eventBridge);
	});
	test("has the next 50 times that another cron library finds", () => {
		const after = "2026-11-21T17:42:10Z";
		const expected = new Cron(other, { timezone: "UTC", paused: true }).nextRuns(50, new Date(after));
		// A leap day comes too seldom for fifty.
		const count = other.includes("29 2") ? 1 : 50;
		expect(next(cron(text), after, count)).toEqual(expected.slice(0, count).map((date) => date.toISOString()));
	});
});

test.each(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"])(
	"in %s agrees with another library wherever clocks are not being changed",
	(timeZone) => {
		const after = "2026-11-21T00:00:00Z";
		const expected = new Cron("30 9 * * mon-fri", { timezone: timeZone, paused: true }).nextRuns(200, new Date(after));
		expect(next(cron("30 9 * * mon-fri", timeZone), after, 200)).toEqual(expected.map((date) => date.toISOString()));
	},
);

test("a time that the spring leaves out is skipped, as EventBridge does", () => {
	expect(next(cron("30 2 * * *", "Europe/Berlin"), "2026-03-27T12:00:00Z", 3)).toEqual([
		"2026-03-28T01:30:00.000Z",
		"2026-03-30T00:30:00.000Z",
		"2026-03-31T00:30:00.000Z",
	]);
});

test("a time that the autumn has twice is due once, the first time, as EventBridge does", () => {
	expect(next(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00:00Z", 2)).toEqual([
		"2026-10-25T00:30:00.000Z",
		"2026-10-26T01:30:00.000Z",
	]);
	expect(next(cron("*/30 * * * *", "Europe/Berlin"), "2026-10-24T23:50:00Z", 5)).toEqual([
		"2026-10-25T00:00:00.000Z",
		"2026-10-25T00:30:00.000Z",
		"2026-10-25T02:00:00.000Z",
		"2026-10-25T02:30:00.000Z",
		"2026-10-25T03:00:00.000Z",
	]);
});

test.each([
	[30, ["2026-11-21T17:42:30.000Z", "2026-11-21T17:43:00.000Z"]],
	[300, ["2026-11-21T17:45:00.000Z", "2026-11-21T17:50:00.000Z"]],
	[7200, ["2026-11-21T18:00:00.000Z", "2026-11-21T20:00:00.000Z"]],
	[86_400, ["2026-11-22T00:00:00.000Z", "2026-11-23T00:00:00.000Z"]],
])("every %i s counts from midnight UTC", (everySeconds, times) => {
	expect(next({ kind: "every", everySeconds }, "2026-11-21T17:42:10Z", 2)).toEqual(times);
});

test("the times between two instants exclude the first and include the last", () => {
	const rule = cron("0 * * * *");
	const between = (until: string, countMax: number) =>
		timesBetween(rule, at("2026-11-21T10:00:00Z"), at(until), countMax).map(toIso);
	expect(between("2026-11-21T12:00:00Z", 10)).toEqual(["2026-11-21T11:00:00.000Z", "2026-11-21T12:00:00.000Z"]);
	expect(between("2026-11-21T11:59:59Z", 10)).toEqual(["2026-11-21T11:00:00.000Z"]);
	expect(between("2026-11-21T12:00:00Z", 1)).toEqual(["2026-11-21T11:00:00.000Z"]);
});

test("a rule without any time has none", () => {
	expect(next(cron("0 0 30 2 *"), "2026-11-21T00:00:00Z", 1)).toEqual([]);
});

test.each([
	["0 9 * *", /five fields.*got "0 9 \* \*"/],
	["0 9 * * * *", /five fields/],
	["60 9 * * *", /minute "60".*0–59/],
	["0 24 * * *", /hour "24".*0–23/],
	["0 9 0 * *", /day of month "0".*1–31/],
	["0 9 * 13 *", /month "13".*1–12/],
	["0 9 * * 8", /day of week "8"/],
	["0 9 * * mo", /day of week "mo"/],
	["0 9 * * mondays", /day of week "mondays"/],
	["*/0 9 * * *", /minute "\*\/0"/],
	["-5 9 * * *", /minute "-5"/],
	["0 9 13 * fri", /not both; got "13" and "fri".*skip\(\)/s],
	["0 9 1-8 * mon", /not both/],
	["0 9 1-7 * mon,tue", /not both/],
	["0 9 1-7 * mon#1", /not both/],
])("%s is refused with the reason", (text, reason) => {
	expect(() => parseCron(text)).toThrow(reason);
	expect(() => parseCron(text)).toThrow(RangeError);
});
