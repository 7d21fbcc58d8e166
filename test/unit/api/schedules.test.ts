/** The API's routes of schedules. */
import { describe, expect, it } from "vitest";
import { apiWorld } from "../../support/api-world.ts";

const named = (name: string) => ({ parameters: { name } });
const report = { job: "send_invoice", input: { invoice_id: 7 }, cron: "30 9 * * mon-fri", timeZone: "Europe/Berlin" };

describe("schedules over HTTP", () => {
	it("are listed with what the catalogue deploys, and shown one by one", async () => {
		const { call } = apiWorld();
		const { json } = await call("listSchedules");
		expect(json).toMatchObject({ schedules: [{ name: "nightly", origin: "catalogue", next: { length: 5 } }] });
		expect((await call("getSchedule", named("nightly"))).json).toEqual((json as { schedules: unknown[] }).schedules[0]);
	});

	it("are made, changed, disabled, enabled and deleted", async () => {
		const { call, scheduler, logged } = apiWorld();
		const own = named("report-7");
		expect((await call("putSchedule", { ...own, json: report })).json).toMatchObject({
			name: "report-7",
			origin: "run-time",
			rule: { kind: "cron", cron: "30 9 * * mon-fri", timeZone: "Europe/Berlin" },
			next: { 0: "2026-11-23T08:30:00.000Z" },
		});
		expect([...scheduler.recurring.keys()]).toEqual(["tick-report-7"]);
		const every = { job: "send_invoice", input: { invoice_id: 7 }, everySeconds: 30, overlap: "queue" };
		expect((await call("putSchedule", { ...own, json: every })).json).toMatchObject({
			rule: { kind: "every", everySeconds: 30 },
			overlap: "queue",
		});
		expect((await call("disableSchedule", { ...own, json: { reason: "holidays" } })).json).toMatchObject({
			enabled: false,
			disabledBecause: "holidays",
			next: [],
		});
		expect((await call("enableSchedule", own)).json).toMatchObject({ enabled: true });
		const deleted = await call("deleteSchedule", own);
		expect([deleted.statusCode, deleted.body, deleted.headers]).toEqual([204, "", { "cache-control": "no-store" }]);
		expect((await call("getSchedule", own)).json).toMatchObject({ status: 404, code: "schedule-not-found" });
		expect(logged.map(({ message }) => message)).toEqual([
			"A schedule was put",
			"A schedule was put",
			"A schedule was disabled",
			"A schedule was enabled",
			"A schedule was deleted",
		]);
	});

	it("are made disabled, and stay so until they are enabled", async () => {
		const { call, scheduler } = apiWorld();
		const own = named("report-7");
		const put = (more: object) => call("putSchedule", { ...own, json: { ...report, ...more } });
		expect((await put({ enabled: false })).json).toMatchObject({ enabled: false, next: [] });
		expect((await put({})).json).toMatchObject({ enabled: false });
		expect(scheduler.recurring.get("tick-report-7")).toMatchObject({ enabled: false });
		expect((await put({ enabled: true })).json).toMatchObject({ enabled: true });
		expect((await put({ enabled: "no" })).json).toMatchObject({ status: 400, code: "message-invalid-field" });
	});

	it("whose job a deploy has removed are shown and ended, and not run", async () => {
		const { call, registry } = apiWorld();
		const own = named("report-7");
		await call("putSchedule", { ...own, json: report });
		const { definition } = (await registry.look("report-7")) ?? expect.fail();
		await registry.define("report-7", { ...(definition ?? expect.fail()), job: "old_report" });
		expect((await call("getSchedule", own)).json).toMatchObject({ job: "old_report", jobGone: true });
		for (const operation of ["runSchedule", "enableSchedule"] as const)
			expect((await call(operation, own)).json).toMatchObject({ status: 422, code: "schedule-invalid" });
		expect((await call("disableSchedule", own)).json).toMatchObject({ enabled: false, jobGone: true });
		expect((await call("deleteSchedule", own)).statusCode).toBe(204);
	});

	it("are run at once, and for times of the past", async () => {
		const { call, bodies } = apiWorld();
		expect((await call("runSchedule", named("nightly"))).json).toEqual({ job_id: "r-token-1" });
		const range = { from: "2026-11-17T00:00:00Z", to: "2026-11-19T00:00:00Z" };
		const { statusCode, json } = await call("backfillSchedule", { ...named("nightly"), json: range });
		expect(statusCode).toBe(202);
		expect((json as { job_ids: string[] }).job_ids).toHaveLength(2);
		expect(bodies("front").map((body) => (body as { schedule?: { at: string } }).schedule?.at)).toEqual([
			undefined,
			"2026-11-17T02:00:00.000Z",
			"2026-11-18T02:00:00.000Z",
		]);
	});

	it.each([
		[{ ...report, cron: "61 * * * *" }, 422, "schedule-invalid"],
		[{ job: "send_invoice" }, 422, "schedule-invalid"],
		[{ ...report, job: "send" }, 422, "unknown-job"],
		[{ ...report, every: 5 }, 400, "message-unknown-field"],
		[{ ...report, overlap: "both" }, 400, "message-invalid-field"],
	])("refuse %j", async (json, status, code) => {
		const { call, scheduler } = apiWorld();
		expect((await call("putSchedule", { ...named("report-7"), json })).json).toMatchObject({ status, code });
		expect(scheduler.recurring.size).toBe(0);
	});

	it("of the catalogue can't be deleted", async () => {
		expect((await apiWorld().call("deleteSchedule", named("nightly"))).json).toMatchObject({
			status: 422,
			code: "schedule-invalid",
		});
	});

	it.each(["../runs", "schedule#x", "", "x".repeat(3000), "a\r\nb"])("have no name such as %j", async (name) => {
		const { call } = apiWorld();
		for (const operation of ["getSchedule", "deleteSchedule", "enableSchedule", "runSchedule"] as const)
			expect((await call(operation, named(name))).json).toMatchObject({ status: 404, code: "schedule-not-found" });
		expect((await call("putSchedule", { ...named(name), json: report })).json).toMatchObject({ status: 422 });
	});
});
