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
	expect(filled.out).toBe("2 runs of nightly are enqueued.");
	expect(sent.map(({ message }) => JSON.parse(message.body).schedule?.at)).toEqual([
		undefined,
		"2026-11-18T02:00:00.000Z",
		"2026-11-19T02:00:00.000Z",
	]);
});
