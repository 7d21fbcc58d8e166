/** What `millrace status` and `millrace scheduled` tell of runs that wait in a schedule. */
import { describe, expect, it } from "vitest";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { runId, scheduleName } from "../../shared/kernel/ids.ts";
import { plusSeconds } from "../../shared/kernel/time.ts";
import { cliWorld } from "../support/cli-world.ts";
import { nineOClock } from "../support/client-world.ts";

async function waitingWorld() {
	const world = cliWorld();
	for (const [id, hours] of [
		["late", 9],
		["soon", 2],
	] as const) {
		const name = scheduleName(runId(id), { generation: 1, attempt: 1, hops: 1 });
		const body = JSON.stringify({ job: "nightly_report", id, hops: 1 });
		const at = plusSeconds(nineOClock, hours * 3_600);
		await world.scheduler.schedule({ name, queueClass: "quick", at, body, description: "d" });
	}
	return world;
}

describe("millrace status", () => {
	it("says until when a run waits that has not begun", async () => {
		const world = await waitingWorld();
		const ran = await world.run("status", "late");
		expect(ran).toMatchObject({
			code: 0,
			out: "late  PENDING\n  waits in a schedule until 2026-11-20T18:00:00.000Z; `millrace revoke` cancels it",
			err: "target: memory",
		});
		expect((await world.run("status", "late", "other", "--json")).json).toEqual([
			{ id: "late", state: "PENDING", meta: {}, waits_until: "2026-11-20T18:00:00.000Z" },
			{ id: "other", state: "PENDING", meta: {} },
		]);
	});

	it("shows runs to whoever may not see schedules", async () => {
		const world = await waitingWorld();
		world.scheduler.list = () => Promise.reject(new MillraceError("schedule-failed", "AccessDeniedException"));
		expect((await world.run("status", "late")).out).toContain("late  PENDING\n  not started");
	});
});

describe("millrace scheduled", () => {
	it("lists the runs that wait, the soonest first", async () => {
		const world = await waitingWorld();
		expect((await world.run("scheduled")).out.split("\n")).toEqual([
			"begins                    id    job             attempt  queue",
			"2026-11-20T11:00:00.000Z  soon  nightly_report        1  quick",
			"2026-11-20T18:00:00.000Z  late  nightly_report        1  quick",
		]);
		expect((await cliWorld().run("scheduled")).out).toBe("No run waits in a schedule.");
	});

	it("says when there are more than it looked at", async () => {
		const world = await waitingWorld();
		const ran = await world.run("scheduled", "--limit", "1", "--json");
		expect(ran.json).toMatchObject({ runs: [{ queue: "quick" }], more: true });
		expect(ran.err).toContain("hint: there are more than 1");
	});

	it("refuses a limit that is none", async () => {
		expect(await cliWorld().run("scheduled", "--limit", "none")).toMatchObject({ code: 2 });
	});
});
