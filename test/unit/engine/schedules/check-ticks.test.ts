/** What the sweeper finds of ticks that never came, and what it sends for them. */
import { describe, expect, it } from "vitest";
import { checkTicks, type TickParts } from "../../../../shared/engine/schedules/check-ticks.ts";
import type { ScheduledRun } from "../../../../shared/job/scheduled-run.ts";
import { runIdOfTick } from "../../../../shared/kernel/ids.ts";
import { type EpochMs, epochMs, epochSeconds, toIso } from "../../../../shared/kernel/time.ts";
import type { RunRecord } from "../../../../shared/ports/job-store.ts";
import { createMemoryQueue } from "../../../support/memory-queue.ts";
import { createMemoryScheduleRegistry } from "../../../support/memory-schedule-registry.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";

const main = { queueClass: "standard", queue: "main" } as const;
/** Worlds begin at 09:03. */
const at = (time: string): EpochMs => epochMs(Date.parse(`2026-11-20T${time}Z`));

const everyTenMinutes: ScheduledRun = {
	name: "report",
	job: "report_task",
	queueClass: "standard",
	input: { n: 1 },
	rule: { kind: "cron", cron: "*/10 * * * *", timeZone: "UTC" },
	overlap: "skip",
	catchUp: { windowSeconds: 3600, runs: "latest" },
	enabled: true,
};

function sweeperWorld(schedule: ScheduledRun = everyTenMinutes) {
	const clock = createVirtualClock({ start: at("09:03:00") });
	const queue = createMemoryQueue(clock, ["standard"]);
	const schedules = createMemoryScheduleRegistry();
	/** Ids of runs that have a row. */
	const known = new Set<string>();
	const store: TickParts["store"] = {
		getMany: async (ids) => ids.map((id) => (known.has(id) ? ({ id } as RunRecord) : undefined)),
	};
	let held = {};
	const operator = {
		depth: async () => ({ visible: queue.messages(main).length, inFlight: 0, delayed: 0, ...held }),
	};
	const checkAll = (deployed: readonly ScheduledRun[], dryRun = false) =>
		checkTicks({ schedules, store, queue, operator, clock, deployed, queueClassOf: () => undefined }, { dryRun });
	const checkOf = (other: ScheduledRun, dryRun = false) => checkAll([other], dryRun);
	return {
		clock,
		queue,
		schedules,
		check: (dryRun = false) => checkOf(schedule, dryRun),
		checkOf,
		checkAll,
		/** A tick came, and its run has a row. */
		ticked(time: string) {
			const runId = runIdOfTick("report", at(time));
			known.add(runId);
			return schedules.noteTick("report", { at: at(time), runId, now: at(time) });
		},
		/** Messages in the queue that are not visible. */
		holds(numbers: { readonly inFlight?: number; readonly delayed?: number }): void {
			held = numbers;
		},
		sent: () => queue.messages(main).map(({ body }) => JSON.parse(body)),
		jumpTo: (time: string) => clock.jumpTo(at(time)),
	};
}

describe("a look at schedules", () => {
	it("counts from its first look on, so that a new schedule has missed nothing", async () => {
		const { check, jumpTo, schedules } = sweeperWorld();
		expect(await check()).toEqual({ checked: 1, missed: 0, sent: 0, findings: [] });
		jumpTo("09:08:00");
		expect(await check()).toMatchObject({ missed: 0 });
		expect(await schedules.getMany(["report"])).toEqual([
			{ name: "report", missed: { count: 0, until: at("09:03:59.999") } },
		]);
	});

	it("begins with the first minute's tick, without which nothing of a minute comes", async () => {
		const { check, jumpTo } = sweeperWorld({ ...everyTenMinutes, rule: { kind: "every", everySeconds: 30 } });
		jumpTo("09:03:20");
		await check();
		jumpTo("09:06:20");
		// 09:04:00; 09:03:30 was never to come.
		expect(await check()).toMatchObject({ missed: 1, findings: [{ latest: at("09:04:00") }] });
	});

	it("counts the ticks that never came, and sends the latest, under its tick's own id", async () => {
		const { check, jumpTo, sent, schedules, ticked } = sweeperWorld();
		await check();
		await ticked("09:10:00");
		jumpTo("09:45:00");
		expect(await check()).toEqual({
			checked: 1,
			missed: 3,
			sent: 1,
			findings: [{ schedule: "report", missed: 3, latest: at("09:40:00") }],
		});
		expect(sent()).toEqual([
			{
				job: "report_task",
				input: { n: 1 },
				id: runIdOfTick("report", at("09:40:00")),
				schedule: { name: "report", at: "2026-11-20T09:40:00.000Z" },
			},
		]);
		expect(await schedules.getMany(["report"])).toMatchObject([
			{ missed: { count: 3, latest: at("09:40:00"), until: at("09:43:00") } },
		]);
	});

	it("sends all that are inside the window, whatever performs", async () => {
		const { check, jumpTo, sent } = sweeperWorld({
			...everyTenMinutes,
			catchUp: { windowSeconds: 1500, runs: "all" },
		});
		await check();
		jumpTo("10:00:00");
		expect(await check()).toMatchObject({ missed: 5, sent: 2 });
		expect(sent().map(({ schedule }) => schedule)).toEqual([
			{ name: "report", at: toIso(at("09:40:00")), backfill: true },
			{ name: "report", at: toIso(at("09:50:00")), backfill: true },
		]);
	});

	it.each([
		["does not count ticks that wait for a slot", { delayed: 1 }, ["09:30:00"]],
		["does not count ticks that wait for a slot in a worker", { inFlight: 1 }, ["09:30:00"]],
		["counts them where nothing is left in the queue that could wait", {}, ["09:10:00", "09:20:00", "09:30:00"]],
	])("%s", async (_, held, missed) => {
		const { check, ticked, jumpTo, schedules, sent, holds } = sweeperWorld({
			...everyTenMinutes,
			overlap: "allow",
			catchUp: { windowSeconds: 3600, runs: "all" },
		});
		await check();
		for (const time of ["09:10:00", "09:20:00"])
			await schedules.noteAdmitted(runIdOfTick("report", at(time)), epochSeconds(4_000_000_000));
		await ticked("09:40:00");
		jumpTo("09:45:00");
		holds(held);
		expect(await check()).toMatchObject({ missed: missed.length, findings: [{ latest: at("09:30:00") }] });
		expect(sent().map(({ id }) => id)).toEqual(missed.map((time) => runIdOfTick("report", at(time))));
		jumpTo("09:46:00");
		expect(await check()).toMatchObject({ missed: 0 });
	});

	it("sees a gap that a later tick followed", async () => {
		const { check, jumpTo, ticked, sent } = sweeperWorld({
			...everyTenMinutes,
			catchUp: { windowSeconds: 3600, runs: "all" },
		});
		await check();
		await ticked("09:10:00");
		await ticked("09:40:00");
		jumpTo("09:45:00");
		expect(await check()).toMatchObject({ missed: 2, sent: 2 });
		expect(sent().map(({ schedule }) => schedule.at)).toEqual(["2026-11-20T09:20:00.000Z", "2026-11-20T09:30:00.000Z"]);
	});

	it("takes one that waits for a tick that came", async () => {
		const { check, jumpTo, schedules } = sweeperWorld();
		await check();
		const wait = (time: string) => ({ runId: runIdOfTick("report", at(time)), notedAt: at(time) });
		await schedules.admit("report", wait("09:10:00"), undefined);
		await schedules.noteWaiting("report", wait("09:20:00"));
		jumpTo("09:25:00");
		expect(await check()).toMatchObject({ missed: 0 });
	});

	it("writes nothing of a schedule that was not due, until half a day has passed", async () => {
		const { check, jumpTo, schedules } = sweeperWorld({
			...everyTenMinutes,
			rule: { kind: "cron", cron: "0 0 1 1 *", timeZone: "UTC" },
		});
		await check();
		jumpTo("20:00:00");
		await check();
		expect(await schedules.look("report")).toMatchObject({ missed: { until: at("09:03:59.999") } });
		jumpTo("21:30:00");
		await check();
		expect(await schedules.look("report")).toMatchObject({ missed: { until: at("21:28:00") } });
	});

	it("counts nothing of the time in which the catalogue had it disabled", async () => {
		const enabled = sweeperWorld();
		await enabled.check();
		const disabled = { ...everyTenMinutes, enabled: false };
		enabled.jumpTo("09:45:00");
		const look = (schedule: ScheduledRun) => enabled.checkOf(schedule);
		expect(await look(disabled)).toMatchObject({ checked: 0, missed: 0 });
		// A deploy enables it at whatever time between two sweeps.
		enabled.jumpTo("09:55:00");
		expect(await look(everyTenMinutes)).toMatchObject({ checked: 1, missed: 0 });
		enabled.jumpTo("10:05:00");
		expect(await look(everyTenMinutes)).toMatchObject({ checked: 1, missed: 1 });
	});

	it("counts each stretch of time once, also when two sweeps look at it", async () => {
		const { check, jumpTo, sent, schedules } = sweeperWorld();
		await check();
		jumpTo("09:15:00");
		await Promise.all([check(), check()]);
		await check();
		expect(await schedules.getMany(["report"])).toMatchObject([{ missed: { count: 1 } }]);
		expect(new Set(sent().map(({ id }) => id)).size).toBe(1);
	});

	it("takes nothing for missed while messages wait in the queue", async () => {
		const { check, jumpTo, queue, schedules } = sweeperWorld();
		await check();
		await queue.sendMany(main, [{ body: "waiting" }]);
		jumpTo("09:45:00");
		expect(await check()).toMatchObject({ missed: 0, sent: 0 });
		await queue.purge(main);
		expect(await check()).toMatchObject({ missed: 4, sent: 1 });
		expect(await schedules.getMany(["report"])).toMatchObject([{ missed: { count: 4 } }]);
	});

	it("does not take what it sends for one schedule for messages that waited, when it looks at the next", async () => {
		const { checkAll, jumpTo } = sweeperWorld();
		// More than are looked at side by side.
		const twenty = Array.from({ length: 20 }, (_, n) => ({ ...everyTenMinutes, name: `report-${n}` }));
		await checkAll(twenty);
		jumpTo("09:45:00");
		expect(await checkAll(twenty)).toMatchObject({ checked: 20, missed: 80, sent: 20 });
	});

	it("leaves a disabled schedule alone, and writes nothing on a dry run", async () => {
		const { check, jumpTo, schedules, sent } = sweeperWorld();
		await check();
		jumpTo("09:45:00");
		expect(await check(true)).toMatchObject({ missed: 4, sent: 0 });
		expect(sent()).toEqual([]);
		await schedules.disable("report", "why");
		expect(await check()).toMatchObject({ checked: 0, missed: 0 });
	});
});
