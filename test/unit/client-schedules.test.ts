/** Schedules through the client: what is listed, what EventBridge is told, what is refused before anything is told. */
import { describe, expect, it } from "vitest";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { runIdOfTick } from "../../shared/kernel/ids.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { clientWorld, sendInvoice } from "../support/client-world.ts";

const twoOClock = epochMs(Date.parse("2026-11-20T02:00:00.000Z"));

async function refusal(promise: Promise<unknown>): Promise<MillraceError> {
	const error = await promise.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	if (error instanceof MillraceError) return error;
	throw new Error("not refused");
}

describe("the list", () => {
	it("shows a schedule of the catalogue before it ever ticked", async () => {
		const { client } = clientWorld();
		expect(await client.schedules.list()).toEqual([
			{
				name: "nightly",
				origin: "catalogue",
				job: "nightly_report",
				input: { of: "the day" },
				rule: { kind: "cron", cron: "0 2 * * *", timeZone: "UTC" },
				overlap: "skip",
				catchUp: { windowSeconds: 3600, runs: "latest" },
				enabled: true,
				next: [
					"2026-11-21T02:00:00.000Z",
					"2026-11-22T02:00:00.000Z",
					"2026-11-23T02:00:00.000Z",
					"2026-11-24T02:00:00.000Z",
					"2026-11-25T02:00:00.000Z",
				],
				missed: { count: 0 },
			},
		]);
	});

	it("shows the last run with its state, and what was missed", async () => {
		const { client, schedules } = clientWorld();
		const runId = runIdOfTick("nightly", twoOClock);
		await schedules.noteTick("nightly", { at: twoOClock, runId, now: twoOClock });
		await schedules.noteMissed("nightly", { count: 2, latest: twoOClock, until: epochMs(twoOClock + 1) });
		expect(await client.schedules.get("nightly")).toMatchObject({
			last: { at: "2026-11-20T02:00:00.000Z", runId, state: "PENDING" },
			missed: { count: 2, latest: "2026-11-20T02:00:00.000Z" },
		});
	});

	it("knows nothing of a name that is none, and suggests one", async () => {
		const { client } = clientWorld();
		expect(await refusal(client.schedules.get("nightli"))).toMatchObject({
			code: "schedule-not-found",
			message: "There is no schedule nightli. Did you mean nightly?",
		});
	});
});

describe("a schedule made at run time", () => {
	const report = { job: sendInvoice, input: { invoice_id: 7 }, cron: "30 9 * * mon-fri", timeZone: "Europe/Berlin" };

	it("is made in the registry and at the scheduler, which is told everything", async () => {
		const { client, scheduler } = clientWorld();
		const view = await client.schedules.upsert("user-report-7", { ...report, tenant: "t7", priority: 3 });
		expect(view).toMatchObject({ origin: "run-time", enabled: true, next: { 0: "2026-11-23T08:30:00.000Z" } });
		expect([...scheduler.recurring.values()]).toEqual([
			{
				name: "tick-user-report-7",
				queueClass: "quick",
				expression: "cron(30 9 ? * MON,TUE,WED,THU,FRI *)",
				timeZone: "Europe/Berlin",
				enabled: true,
				body: '{"job":"send_invoice","input":{"invoice_id":7},"tenant":"t7","priority":3,"schedule":{"name":"user-report-7","at":"<aws.scheduler.scheduled-time>"}}',
				eventAgeSeconds: 3600,
				description: "Millrace: enqueues send_invoice",
			},
		]);
	});

	it("is changed by the same call, stays disabled through it, and is listed beside the catalogue's", async () => {
		const { client, scheduler } = clientWorld();
		await client.schedules.upsert("poll", report);
		await client.schedules.disable("poll", "customer left");
		const { cron: _, timeZone: __, ...rest } = report;
		await client.schedules.upsert("poll", { ...rest, everySeconds: 30, overlap: "allow" });
		const views = await client.schedules.list();
		expect(views.map(({ name, enabled, next }) => [name, enabled, next.length])).toEqual([
			["nightly", true, 5],
			["poll", false, 0],
		]);
		expect(views[1]).toMatchObject({ disabledBecause: "customer left", rule: { kind: "every", everySeconds: 30 } });
		expect(scheduler.recurring.get("tick-poll")).toMatchObject({ enabled: false, expression: "cron(* * * * ? *)" });
		await client.schedules.enable("poll");
		expect(scheduler.recurring.get("tick-poll")).toMatchObject({ enabled: true });
	});

	it("is due with the next minute first, which sends what is due within it", async () => {
		const { client, world, schedules } = clientWorld();
		world.nowMs = Date.parse("2026-11-20T22:19:20Z");
		const { cron: _, timeZone: __, ...rest } = report;
		const { next } = await client.schedules.upsert("poll", { ...rest, everySeconds: 30 });
		expect(next.slice(0, 2)).toEqual(["2026-11-20T22:20:00.000Z", "2026-11-20T22:20:30.000Z"]);
		const at = epochMs(Date.parse("2026-11-20T22:20:00Z"));
		await schedules.noteTick("poll", { at, runId: runIdOfTick("poll", at), now: at });
		world.nowMs = at + 20_000;
		expect((await client.schedules.get("poll")).next[0]).toBe("2026-11-20T22:20:30.000Z");
	});

	it("is removed from both; one of the catalogue is not", async () => {
		const { client, scheduler } = clientWorld();
		await client.schedules.upsert("poll", report);
		await client.schedules.remove("poll");
		expect(scheduler.recurring.size).toBe(0);
		expect(await refusal(client.schedules.get("poll"))).toMatchObject({ code: "schedule-not-found" });
		expect(await refusal(client.schedules.remove("nightly"))).toMatchObject({ code: "schedule-invalid" });
	});

	it("is refused with every fault at once, and nothing is made", async () => {
		const { client, scheduler, schedules } = clientWorld();
		const error = await refusal(
			client.schedules.upsert("7 reports", {
				job: "send_invoice",
				input: { invoice_id: "seven" },
				cron: "0 9 13 * fri",
				overlap: "never" as "skip",
				priority: 12,
				catchUp: { windowSeconds: -1, runs: "all" },
			}),
		);
		expect(error.code).toBe("schedule-invalid");
		expect(error.message.split("\n- ").slice(1)).toEqual([
			'its name must be 1–50 letters, digits, "_", "-" or ".", a letter first; got "7 reports"',
			expect.stringMatching(/^EventBridge takes a day of the month or a day of the week, not both; got "13" and "fri"/),
			"catchUp.windowSeconds must be a whole number from 0 to 82800; got -1",
			'overlap must be skip, queue, allow or cancel-other; got "never"',
			"priority must be a whole number from 0 to 9; got 12",
			'input.invoice_id: must be a number; got "seven"',
		]);
		expect(scheduler.recurring.size).toBe(0);
		expect(await schedules.list()).toEqual([]);
	});

	it.each([
		[{ everySeconds: 7 }, /everySeconds must be 5, 6, 10/],
		[{ everySeconds: 2700 }, /everySeconds must be/],
		[
			{ everySeconds: 30, catchUp: { windowSeconds: 60, runs: "none" as "all" } },
			/catchUp\.runs must be latest or all; got "none"/,
		],
		[{ cron: "0 9 * * *", timeZone: "Mars/Olympus" }, /its time zone must be an IANA name/],
		[{ cron: "0 0 30 2 *" }, /is never due/],
		[{}, /needs either cron or everySeconds/],
		[{ cron: "0 9 * * *", everySeconds: 60 }, /needs either cron or everySeconds/],
	])("is refused for %j", async (change, reason) => {
		const { client } = clientWorld();
		const error = await refusal(client.schedules.upsert("bad", { job: "nightly_report", ...change }));
		expect(error.message).toMatch(reason);
	});
});

describe("a schedule that is made again", () => {
	const report = { job: sendInvoice, input: { invoice_id: 7 }, everySeconds: 300 };

	it("is disabled or enabled where that is said, and else stays as it is", async () => {
		const { client, schedules, scheduler } = clientWorld();
		const stateAfter = async (change: { readonly enabled?: boolean }) => {
			const { enabled, disabledBecause } = await client.schedules.upsert("user-report-7", { ...report, ...change });
			return [enabled, disabledBecause, scheduler.recurring.get("tick-user-report-7")?.enabled];
		};
		expect(await stateAfter({ enabled: false })).toEqual([false, "by an operator", false]);
		expect(await stateAfter({})).toEqual([false, "by an operator", false]);
		await client.schedules.disable("user-report-7", "customer asked");
		expect(await stateAfter({ enabled: false })).toEqual([false, "customer asked", false]);
		expect(await stateAfter({ enabled: true })).toEqual([true, undefined, true]);
		expect(await stateAfter({})).toEqual([true, undefined, true]);
		expect(await stateAfter({ enabled: false })).toEqual([false, "by an operator", false]);
		// What is kept of one that is no more does not stop another one of its name.
		await client.schedules.remove("user-report-7");
		await schedules.disable("user-report-7", "it was of the catalogue then");
		expect(await stateAfter({})).toEqual([true, undefined, true]);
	});

	it("has its ticks looked for from the next minute on, unless they are due as before", async () => {
		const { client, schedules, world } = clientWorld();
		const lookedUntil = async () => (await schedules.look("poll"))?.missed.until;
		await client.schedules.upsert("poll", report);
		const first = Date.parse("2026-11-20T09:00:59.999Z");
		expect(await lookedUntil()).toBe(first);
		world.nowMs += 300_000;
		await client.schedules.upsert("poll", { ...report, input: { invoice_id: 8 } });
		expect(await lookedUntil()).toBe(first);
		await client.schedules.upsert("poll", { ...report, everySeconds: 600 });
		expect(await lookedUntil()).toBe(first + 300_000);
		await client.schedules.disable("poll");
		world.nowMs += 300_000;
		await client.schedules.upsert("poll", { ...report, everySeconds: 600, enabled: true });
		expect(await lookedUntil()).toBe(first + 600_000);
	});
});

describe("a schedule whose job a deploy has removed", () => {
	const gone = async () => {
		const world = clientWorld();
		const { schedules, scheduler, client } = world;
		await client.schedules.upsert("inv", { job: "nightly_report", input: { of: "inv" }, everySeconds: 3600 });
		const { definition } = (await schedules.look("inv")) ?? {};
		if (definition === undefined) throw new Error("nothing was made");
		await schedules.define("inv", { ...definition, job: "old_report" });
		return { ...world, recurring: () => scheduler.recurring.get("tick-inv")?.enabled };
	};

	it("is listed as such, and ticks on", async () => {
		const { client } = await gone();
		const views = await client.schedules.list();
		expect(views.map(({ name, job, jobGone, next }) => [name, job, jobGone, next[0]])).toEqual([
			["inv", "old_report", true, "2026-11-20T10:00:00.000Z"],
			["nightly", "nightly_report", undefined, "2026-11-21T02:00:00.000Z"],
		]);
		expect(await client.schedules.get("inv")).toEqual(views[0]);
	});

	it("can be disabled and deleted", async () => {
		const { client, recurring } = await gone();
		await client.schedules.disable("inv", "its job is gone");
		expect(recurring()).toBe(false);
		expect(await client.schedules.get("inv")).toMatchObject({ enabled: false, disabledBecause: "its job is gone" });
		await client.schedules.remove("inv");
		expect(recurring()).toBeUndefined();
		expect((await client.schedules.list()).map(({ name }) => name)).toEqual(["nightly"]);
	});

	it("is neither run nor enabled nor backfilled, and says what to do", async () => {
		const { client, sendings, recurring } = await gone();
		const { schedules } = client;
		await schedules.disable("inv");
		const range = { from: "2026-11-20T08:00:00Z", to: "2026-11-20T09:00:00Z" };
		for (const refused of [schedules.runNow("inv"), schedules.enable("inv"), schedules.backfill("inv", range)]) {
			expect(await refusal(refused)).toMatchObject({
				code: "schedule-invalid",
				message:
					"Schedule inv enqueues old_report, which is no job of the catalogue any more: delete it with `millrace schedules delete inv`, or deploy the job again.",
			});
		}
		expect([sendings, recurring()]).toEqual([[], false]);
	});

	it("goes on with another job", async () => {
		const { client } = await gone();
		const view = await client.schedules.upsert("inv", { job: "nightly_report", everySeconds: 3600 });
		expect([view.job, view.jobGone]).toEqual(["nightly_report", undefined]);
	});
});

describe("a run beside the ticks", () => {
	it("now, is a run like any other", async () => {
		const { client, bodies } = clientWorld();
		await client.schedules.runNow("nightly");
		expect(bodies()).toEqual([{ v: 1, job: "nightly_report", input: { of: "the day" }, id: "r-token-1" }]);
	});

	it("of the past, is the run that its tick would have been", async () => {
		const { client, bodies } = clientWorld();
		const runs = await client.schedules.backfill("nightly", {
			from: "2026-11-19T02:00:00Z",
			to: "2026-11-20T02:00:00Z",
		});
		expect(runs).toEqual([
			{ id: runIdOfTick("nightly", epochMs(Date.parse("2026-11-19T02:00:00Z"))) },
			{ id: runIdOfTick("nightly", twoOClock) },
		]);
		expect(bodies()).toMatchObject([
			{ schedule: { name: "nightly", at: "2026-11-19T02:00:00.000Z", backfill: true } },
			{ schedule: { name: "nightly", at: "2026-11-20T02:00:00.000Z", backfill: true } },
		]);
	});

	it.each([
		["2026-11-20T03:00:00Z", "2026-11-20T04:00:00Z", /was never due from/],
		["2026-11-20T03:00:00Z", "2026-11-19T04:00:00Z", /from one ISO 8601 instant to a later one/],
		["yesterday", "2026-11-19T04:00:00Z", /got yesterday to/],
		["2020-01-01", "2026-11-19", /more than 1000 times/],
	])("of %s to %s, is refused", async (from, to, reason) => {
		const { client, sendings } = clientWorld();
		expect((await refusal(client.schedules.backfill("nightly", { from, to }))).message).toMatch(reason);
		expect(sendings).toEqual([]);
	});
});
