/**
 * Every schedule of the systems that Millrace replaces, by the name that it has there: sound in a catalogue, told to EventBridge, and due at the
 * times that another cron library finds. The numbers are those of the acceptance list.
 */
import { Cron } from "croner";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	crontab,
	defineJob,
	defineQueueClass,
	defineSchedule,
	defineWorkerGroup,
	type ScheduleDefinition,
} from "../../../shared/job/index.ts";
import { eventBridgeExpression } from "../../../shared/job/schedule.ts";
import { nextTimes } from "../../../shared/job/schedule-times.ts";
import { epochMs, toIso } from "../../../shared/kernel/time.ts";
import { tickMessage } from "../../../shared/wire/tick-message.ts";

const queueClass = defineQueueClass({ name: "standard", promise: "within a minute" });
const work = defineJob({
	...{ name: "work", description: "Takes no arguments.", queueClass },
	input: z.strictObject({}),
	output: z.unknown(),
});
const syncInventory = defineJob({
	...{ name: "sync_inventory", description: "Syncs a warehouse.", queueClass },
	input: z.strictObject({ warehouse: z.string(), full_sync: z.boolean() }),
	output: z.unknown(),
});

interface Seed {
	readonly seed: string;
	readonly schedule: ScheduleDefinition;
	readonly eventBridge: string;
	/** What the library takes for the same: with seconds where a minute is too long. */
	readonly other: string;
}

const of = (
	seed: string,
	name: string,
	rule: { readonly cron: string } | { readonly everySeconds: number },
	[eventBridge, other]: readonly [string, string],
): Seed => ({
	seed,
	schedule: defineSchedule({ name, job: work, ...rule }),
	eventBridge: `cron(${eventBridge})`,
	other,
});

const fiveMinutes = ["0/5 * * * ? *", "*/5 * * * *"] as const;

const seeds: readonly Seed[] = [
	of("D12", "dispatch-scheduled-syncs", { cron: crontab({ minute: "*/5" }) }, fiveMinutes),
	of("D12", "dispatch-scheduled-metrics", { cron: crontab({ minute: "*/5" }) }, fiveMinutes),
	of("D12", "dispatch-scheduled-reports", { cron: crontab({ minute: "*/5" }) }, fiveMinutes),
	of("D13", "run-daily-metrics", { cron: crontab({ hour: 1, minute: 0 }) }, ["0 1 * * ? *", "0 1 * * *"]),
	of("D13", "sync-team-drift", { cron: crontab({ hour: 2, minute: 30 }) }, ["30 2 * * ? *", "30 2 * * *"]),
	of("D13", "reconcile-team-members", { cron: crontab({ hour: 3, minute: 0 }) }, ["0 3 * * ? *", "0 3 * * *"]),
	of("D13", "phone-home-heartbeat", { cron: crontab({ hour: 0, minute: 0 }) }, ["0 0 * * ? *", "0 0 * * *"]),
	of("D13", "run-capacity-forecast", { cron: crontab({ hour: 4, minute: 0, dayOfWeek: "mon" }) }, [
		"0 4 ? * MON *",
		"0 4 * * MON",
	]),
	of("D14", "process-ingest-streams", { everySeconds: 30 }, ["* * * * ? *", "*/30 * * * * *"]),
	of("A6", "sync-all-metrics-every-hour", { everySeconds: 3600 }, ["0 * * * ? *", "0 * * * *"]),
	of("J33", "cleanup-expired-sessions", { cron: crontab({ minute: 0, hour: "*/6" }) }, [
		"0 0/6 * * ? *",
		"0 0,6,12,18 * * *",
	]),
	of("J33", "generate-daily-report", { cron: crontab({ minute: 0, hour: 2 }) }, ["0 2 * * ? *", "0 2 * * *"]),
	of("J33", "sync-external-data", { everySeconds: 300 }, fiveMinutes),
	of("J33", "process-pending-orders", { everySeconds: 300 }, fiveMinutes),
	of("J33", "daily-report", { cron: crontab({ hour: 6, minute: 0 }) }, ["0 6 * * ? *", "0 6 * * *"]),
	of("J33", "weekly-cleanup", { cron: crontab({ hour: 2, minute: 0, dayOfWeek: "sunday" }) }, [
		"0 2 ? * SUN *",
		"0 2 * * SUN",
	]),
	of("J33", "monthly-billing", { cron: crontab({ hour: 0, minute: 0, dayOfMonth: 1 }) }, ["0 0 1 * ? *", "0 0 1 * *"]),
	{
		seed: "J33",
		schedule: defineSchedule({
			name: "sync-inventory",
			job: syncInventory,
			// args=("warehouse-1",), kwargs={"full_sync": False}
			input: { warehouse: "warehouse-1", full_sync: false },
			cron: crontab({ minute: "*/15" }),
		}),
		eventBridge: "cron(0/15 * * * ? *)",
		other: "0,15,30,45 * * * *",
	},
	of("J34", "every_minute", { cron: crontab({}) }, ["* * * * ? *", "* * * * *"]),
	of("J34", "hourly", { cron: crontab({ minute: 0 }) }, ["0 * * * ? *", "0 * * * *"]),
	of("J34", "daily_midnight", { cron: crontab({ hour: 0, minute: 0 }) }, ["0 0 * * ? *", "0 0 * * *"]),
	of("J34", "weekday_morning", { cron: crontab({ hour: 9, minute: 0, dayOfWeek: "mon-fri" }) }, [
		"0 9 ? * MON,TUE,WED,THU,FRI *",
		"0 9 * * 1-5",
	]),
	of("J34", "business_hours", { cron: crontab({ minute: "*/15", hour: "9-17", dayOfWeek: "mon-fri" }) }, [
		"0/15 9-17 ? * MON,TUE,WED,THU,FRI *",
		"*/15 9-17 * * 1-5",
	]),
	of("J34", "first_monday", { cron: crontab({ hour: 0, minute: 0, dayOfWeek: "monday", dayOfMonth: "1-7" }) }, [
		"0 0 ? * MON#1 *",
		"0 0 * * MON#1",
	]),
	of("J34", "quarterly", { cron: crontab({ hour: 0, minute: 0, dayOfMonth: 1, monthOfYear: "1,4,7,10" }) }, [
		"0 0 1 1/3 ? *",
		"0 0 1 1,4,7,10 *",
	]),
];

const next50 = ({ rule }: ScheduleDefinition, after: string): readonly string[] =>
	nextTimes(rule, epochMs(Date.parse(after)), 50).map(toIso);
const otherNext50 = (pattern: string, timezone: string, after: string): readonly string[] =>
	new Cron(pattern, { timezone, paused: true }).nextRuns(50, new Date(after)).map((date) => date.toISOString());

describe.each(seeds)("$seed $schedule.name", ({ schedule, eventBridge, other }) => {
	test("is told to EventBridge in its own spelling", () => {
		expect(eventBridgeExpression(schedule.rule)).toEqual({ expression: eventBridge, timeZone: "UTC" });
	});
	test("has the next 50 times that another cron library finds", () => {
		const after = "2026-11-21T17:42:10Z";
		const expected = otherNext50(other, "UTC", after);
		expect(expected).toHaveLength(50);
		expect(next50(schedule, after)).toEqual(expected);
	});
});

test.each(["weekday_morning", "business_hours", "first_monday"])(
	"J34 %s keeps its hour on the wall where clocks are put forward or back",
	(name) => {
		const { schedule, other } = seeds.find((seed) => seed.schedule.name === name) ?? seeds[0] ?? expect.fail();
		const { rule } = schedule;
		if (rule.kind !== "cron") expect.fail();
		// Clocks change on 25 October and 1 November 2026, and on 14 and 28 March 2027.
		for (const timeZone of ["America/New_York", "Europe/Berlin"]) {
			for (const after of ["2026-10-23T12:00:00Z", "2027-03-12T12:00:00Z"]) {
				const zoned = defineSchedule({ name, job: work, cron: rule.cron, timeZone });
				expect(next50(zoned, after)).toEqual(otherNext50(other, timeZone, after));
			}
		}
	},
);

test("J34 weekday_morning in Berlin is at 07:00 UTC before the autumn's change, and at 08:00 after it", () => {
	const zoned = defineSchedule({ name: "zoned", job: work, cron: "0 9 * * mon-fri", timeZone: "Europe/Berlin" });
	expect(next50(zoned, "2026-10-23T06:00:00Z").slice(0, 2)).toEqual([
		"2026-10-23T07:00:00.000Z",
		"2026-10-26T08:00:00.000Z",
	]);
});

test("together they are a catalogue, and the arguments of the seed's go with each tick", () => {
	const { schedules } = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "seeds", queueClasses: [queueClass] })],
		jobs: [syncInventory, work],
		schedules: seeds.map(({ schedule }) => schedule),
	});
	expect(schedules).toHaveLength(25);
	const inventory = schedules.find(({ name }) => name === "sync-inventory") ?? expect.fail();
	expect(JSON.parse(tickMessage({ ...inventory, job: inventory.job.name }))).toEqual({
		job: "sync_inventory",
		input: { warehouse: "warehouse-1", full_sync: false },
		schedule: { name: "sync-inventory", at: "<aws.scheduler.scheduled-time>" },
	});
});
