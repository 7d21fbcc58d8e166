/** `millrace schedules` over a platform in memory. */
import { expect, it } from "vitest";
import { runIdOfTick } from "../../shared/kernel/ids.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { cliWorld } from "../support/cli-world.ts";

it("lists schedules with their next times, and one with its policies", async () => {
	const { run, schedules } = cliWorld();
	const at = epochMs(Date.parse("2026-11-20T02:00:00Z"));
	await schedules.noteTick("nightly", { at, runId: runIdOfTick("nightly", at), now: at });
	const listed = await run("schedules");
	expect(listed.code).toBe(0);
	expect(listed.out.split("\n")).toEqual([
		"schedule  job             when           next                      last                      state    missed",
		"nightly   nightly_report  0 2 * * * UTC  2026-11-21T02:00:00.000Z  2026-11-20T02:00:00.000Z  PENDING       0",
	]);
	const one = await run("schedules", "list", "nightly");
	expect(one.out).toMatch(/^overlap +skip$/m);
	expect(one.out).toMatch(/^catch-up +latest, up to 3600 s late$/m);
	expect((await run("schedules", "list", "nigthly")).err).toMatch(/Did you mean nightly/);
});

it("makes, stops, starts and deletes one", async () => {
	const { run } = cliWorld();
	const made = await run(
		...["schedules", "upsert", "weekly", "--job", "send_invoice", "--input", '{"invoice_id": 1}'],
		...["--cron", "0 9 1-7 * mon", "--time-zone", "Europe/Berlin", "--overlap", "queue", "--json"],
	);
	expect(made.json).toMatchObject({
		schedules: [{ name: "weekly", overlap: "queue", enabled: true, next: { 0: "2026-12-07T08:00:00.000Z" } }],
	});
	expect((await run("schedules", "disable", "weekly", "--reason", "holidays")).out).toBe(
		"Schedule weekly is disabled.",
	);
	expect((await run("schedules", "list", "weekly")).out).toMatch(/^disabled +holidays$/m);
	expect((await run("schedules", "enable", "weekly")).out).toBe(
		"Schedule weekly is due next at 2026-12-07T08:00:00.000Z.",
	);
	expect((await run("schedules", "delete", "weekly")).code).toBe(0);
	expect((await run("schedules", "--json")).json).toMatchObject({ schedules: [{ name: "nightly" }] });
});

it("makes one disabled, with its own catch-up, and changes it without enabling it", async () => {
	const { run } = cliWorld();
	const upsert = (...options: readonly string[]) =>
		run("schedules", "upsert", "poll", "--job", "nightly_report", "--every", "30", "--json", ...options);
	expect((await upsert("--disabled", "--catch-up", "all", "--catch-up-window", "60")).json).toMatchObject({
		schedules: [{ enabled: false, next: [], catchUp: { windowSeconds: 60, runs: "all" } }],
	});
	expect((await upsert("--catch-up-window", "0")).json).toMatchObject({
		schedules: [{ enabled: false, catchUp: { windowSeconds: 0, runs: "latest" } }],
	});
	await run("schedules", "enable", "poll");
	expect((await upsert("--catch-up", "all")).json).toMatchObject({
		schedules: [{ enabled: true, catchUp: { windowSeconds: 3600, runs: "all" } }],
	});
});

it("tells of one whose job is gone, and ends it", async () => {
	const world = cliWorld();
	const { run, catalogue } = world;
	await run("schedules", "upsert", "inv", "--job", "send_invoice", "--input", '{"invoice_id": 1}', "--every", "3600");
	world.catalogue = {
		...catalogue,
		findJob: (name) => (name === "send_invoice" ? undefined : catalogue.findJob(name)),
	};
	expect((await run("schedules")).out).toMatch(/^inv +send_invoice .* its job is gone$/m);
	expect((await run("schedules", "list", "inv")).out).toMatch(
		/^ +its job is gone: delete the schedule, or deploy the job again$/m,
	);
	expect(await run("schedules", "run", "inv")).toMatchObject({
		code: 2,
		err: expect.stringContaining("delete it with `millrace schedules delete inv`, or deploy the job again."),
	});
	await run("schedules", "disable", "inv");
	expect((await run("schedules")).out).toMatch(/ its job is gone; by an operator$/m);
	expect((await run("schedules", "delete", "inv")).out).toBe("Schedule inv is deleted.");
});

it("lists why one is disabled", async () => {
	const { run } = cliWorld();
	await run("schedules", "disable", "nightly", "--reason", "holidays");
	expect((await run("schedules")).out).toMatch(/ disabled .* 0 {2}holidays$/);
	await run("schedules", "disable", "nightly");
	expect((await run("schedules")).out).toMatch(/ disabled .* 0 {2}by an operator$/);
});

it.each([
	[[], "Say when: either --cron or --every; got neither."],
	[["--cron", "0 9 * * *", "--every", "30"], "Say when: either --cron or --every; got both."],
	[["--every", "30", "--time-zone", "Europe/Berlin"], "--time-zone goes with --cron: --every counts in UTC."],
	[["--every", "soon"], '--every must be a whole number, 1 or more; got "soon".'],
	[["--every", "7"], "--every must be 5, 6, 10, 12, 15, 20 or 30, or minutes that divide an hour,"],
	[["--every", "30", "--catch-up", "some"], '--catch-up must be latest or all; got "some".'],
	[
		["--every", "30", "--catch-up-window", "90000"],
		'--catch-up-window must be a whole number from 0 to 82800; got "90000".',
	],
	[["--every", "30", "--priority", "high"], '--priority must be a whole number from 0 to 9; got "high".'],
])("names the options of a schedule that can't be made: %j", async (options, says) => {
	const refused = await cliWorld().run("schedules", "upsert", "x", "--job", "nightly_report", ...options);
	expect(refused).toMatchObject({ code: 2, out: "", err: expect.stringContaining(`error usage: ${says}`) });
});

it("says which end of a backfill is no instant", async () => {
	expect((await cliWorld().run("schedules", "backfill", "nightly", "2026-11-18", "today")).err).toBe(
		'error usage: TO must be an ISO 8601 instant such as 2026-11-20T09:00:00Z, in UTC where it names no offset; got "today".',
	);
});

it("can't enable what the catalogue disables", async () => {
	const world = cliWorld();
	const { catalogue } = world;
	world.catalogue = { ...catalogue, schedules: catalogue.schedules.map((one) => ({ ...one, enabled: false })) };
	expect((await world.run("schedules")).out).toMatch(/ disabled .* 0 {2}by the catalogue$/);
	expect(await world.run("schedules", "enable", "nightly")).toMatchObject({
		code: 2,
		err: expect.stringContaining("Schedule nightly is disabled by the catalogue: enable it there and deploy."),
	});
});

it("refuses what is no schedule, with the reason", async () => {
	const { run } = cliWorld();
	const refused = await run("schedules", "upsert", "x", "--job", "send_invoice", "--cron", "0 9 13 * fri");
	expect(refused.code).toBe(2);
	expect(refused.err).toMatch(/not both; got "13" and "fri"/);
	expect(refused.err).toMatch(/input\.invoice_id/);
	expect((await run("schedules", "delete", "nightly")).err).toMatch(/deployed with the catalogue/);
});

it("runs one now, and for the times of a range", async () => {
	const { run, sent } = cliWorld();
	expect((await run("schedules", "run", "nightly")).code).toBe(0);
	const filled = await run("schedules", "backfill", "nightly", "2026-11-18", "2026-11-19T23:00Z");
	expect(filled.out).toBe("2 runs of nightly are enqueued; what has run already does not run again.");
	expect(sent.map(({ message }) => JSON.parse(message.body).schedule?.at)).toEqual([
		undefined,
		"2026-11-18T02:00:00.000Z",
		"2026-11-19T02:00:00.000Z",
	]);
});
