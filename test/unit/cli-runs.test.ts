/** `millrace status`, `result` and `runs` over a platform in memory. */
import { describe, expect, it } from "vitest";
import { runId } from "../../shared/kernel/ids.ts";
import { cliWorld } from "../support/cli-world.ts";
import { nineOClock } from "../support/client-world.ts";
import {
	connectionTimeout,
	settled,
	started,
	succeeded,
	tenPastNine,
	twelveSecondsOn,
} from "../support/run-records.ts";

const failed = settled(
	{ state: "FAILURE", endedAt: twelveSecondsOn, reason: "worker-lost", error: connectionTimeout },
	{ attempts: 3 },
);

describe("millrace status, result and runs", () => {
	it("shows a failed run's error, which can't command the terminal", async () => {
		const world = cliWorld();
		const error = { ...connectionTimeout, excMessage: "bad\u001B[2Jname\nsecond line" };
		world.records.set(
			"r-1",
			settled({ state: "FAILURE", endedAt: twelveSecondsOn, reason: "worker-lost", error }, { attempts: 2 }),
		);
		const ran = await world.run("status", "r-1");
		expect(ran.out).toBe(
			[
				"r-1  FAILURE",
				"  job       send_invoice",
				"  attempts  2",
				"  started   2026-11-20T09:00:00.000Z, latest attempt 2026-11-20T09:00:10.000Z",
				"  ended     2026-11-20T09:00:12.345Z after 2.3 s of its latest attempt",
				"  reason    worker-lost",
				"  error     DatabaseError (database): bad\\u001b[2Jname",
				"            second line",
				"  retries   1 of 3",
			].join("\n"),
		);
	});

	it("gives one view for one id and an array for several", async () => {
		const world = cliWorld();
		world.records.set("r-1", started());
		expect((await world.run("status", "r-1", "--json")).json).toMatchObject({ id: "r-1", state: "STARTED" });
		expect((await world.run("status", "r-1", "r-2", "--json")).json).toMatchObject([
			{ state: "STARTED" },
			{ state: "PENDING" },
		]);
	});

	it("says once how an id that is not known comes to be known, and ends with 0", async () => {
		const world = cliWorld();
		world.records.set("r-1", started());
		expect((await world.run("status", "r-1")).err).toBe("target: memory");
		const ran = await world.run("status", "r-1", "r-2", "r-3", "--json");
		expect(ran.code).toBe(0);
		expect(ran.json).toMatchObject([{ state: "STARTED" }, { state: "PENDING" }, { state: "PENDING" }]);
		expect(ran.err.split("\n")).toEqual([
			"target: memory",
			expect.stringMatching(/^hint: an id is known once its run has started; .*not the SQS MessageId$/),
		]);
	});

	it("prints a result, with control characters spelt out as JSON spells them", async () => {
		const world = cliWorld();
		world.records.set("r-1", succeeded('{"text":"\\u009b2J\\u202e"}'));
		const ran = await world.run("result", "r-1", "--json");
		expect(ran.out).toBe('{"text":"\\u009b2J\\u202e"}');
		expect(ran.json).toEqual({ text: "\u009B2J\u202E" });
	});

	it.each([
		["FAILURE", failed, 1, "run-failed"],
		["STARTED", started(), 3, "run-not-finished"],
		["unknown", undefined, 3, "run-not-found"],
	] as const)("the result of a run that is %s is an error", async (_name, record, code, name) => {
		const world = cliWorld();
		if (record !== undefined) world.records.set("r-1", record);
		const ran = await world.run("result", "r-1");
		expect(ran.code).toBe(code);
		expect(ran.err).toContain(`error ${name}: `);
	});

	it("lists the latest runs with what they are at", async () => {
		const world = cliWorld();
		world.records.set("r-1", failed);
		world.listed = [{ id: runId("r-1"), job: "send_invoice", firstStartedAt: nineOClock }];
		const ran = await world.run("runs");
		expect(ran.out.split("\n")).toEqual([
			"first start               id   job           state    attempts",
			"2026-11-20T09:00:00.000Z  r-1  send_invoice  FAILURE         3  DatabaseError: Connection timeout",
		]);
		expect((await world.run("runs", "--limit", "0")).code).toBe(2);
	});

	it("lists the runs of one state among the latest", async () => {
		const world = cliWorld();
		world.records.set("r-1", failed);
		world.records.set("r-2", succeeded("1"));
		world.listed = ["r-2", "r-1"].map((id) => ({ id: runId(id), job: "send_invoice", firstStartedAt: nineOClock }));
		expect((await world.run("runs", "--state", "failure", "--limit", "1", "--json")).json).toMatchObject({
			runs: [{ id: "r-1", state: "FAILURE" }],
		});
		expect((await world.run("runs", "--state", "RETRY")).out).toBe("no RETRY runs yet");
		expect((await world.run("runs", "--state", "failed")).err).toBe(
			'error usage: --state is one of STARTED, PROGRESS, RETRY, SUCCESS, FAILURE, REVOKED, SKIPPED; got "failed".',
		);
	});

	it("says that older runs of a state were not looked at", async () => {
		const world = cliWorld();
		world.listed = Array.from({ length: 201 }, (_, index) => ({
			id: runId(`r-${index}`),
			job: "send_invoice",
			firstStartedAt: nineOClock,
		}));
		world.records.set("r-200", failed);
		expect(await world.run("runs", "--state", "FAILURE")).toMatchObject({
			out: "no FAILURE runs yet",
			err: "target: memory\nhint: only the latest 200 runs were looked at; --job looks at as many of one job",
		});
	});

	it("shows that an error goes on where it cuts it", async () => {
		const world = cliWorld();
		const error = { ...connectionTimeout, excMessage: "x".repeat(200) };
		world.records.set("r-1", settled({ state: "FAILURE", endedAt: twelveSecondsOn, reason: "worker-lost", error }));
		world.listed = [{ id: runId("r-1"), job: "send_invoice", firstStartedAt: nineOClock }];
		expect((await world.run("runs")).out).toMatch(/ {2}DatabaseError: x{64}…$/);
	});

	it("tells a job that nobody knows from one without runs", async () => {
		const world = cliWorld();
		expect(await world.run("runs", "--job", "send_invoce")).toMatchObject({
			code: 2,
			err: expect.stringContaining(
				'error unknown-job: The catalogue has no job "send_invoce". Did you mean send_invoice?',
			),
		});
		expect(await world.run("runs", "--job", "mail_invoice")).toMatchObject({
			code: 0,
			out: "no runs of send_invoice yet",
		});
	});

	it.each([
		[{ attempts: 3 }, "3"],
		[{ attempts: 1, generation: 2 }, "1 since it was redriven"],
		[{ attempts: 2, generation: 4 }, "2 since the latest of 3 redrives"],
		[{ attempts: 0, generation: 0 }, "none: its message was refused before it could begin"],
	])("says of %j what its attempts were", async (common, words) => {
		const world = cliWorld();
		world.records.set(
			"r-1",
			settled({ state: "FAILURE", endedAt: twelveSecondsOn, reason: "worker-lost", error: connectionTimeout }, common),
		);
		expect((await world.run("status", "r-1")).out).toContain(`\n  attempts  ${words}\n`);
	});

	it("does not say of a message that told no job, and was refused, that nobody saw it", async () => {
		const world = cliWorld();
		const refused = { job: "", attempts: 0, generation: 0 };
		world.records.set(
			"r-1",
			settled(
				{ state: "FAILURE", endedAt: twelveSecondsOn, reason: "message-not-json", error: connectionTimeout },
				refused,
			),
		);
		expect((await world.run("status", "r-1")).out).toContain("\n  job       (not known: its message told none)\n");
	});

	it("shows no start of a run that was revoked before a worker saw its message", async () => {
		const world = cliWorld();
		world.records.set(
			"r-1",
			settled({ state: "REVOKED", endedAt: twelveSecondsOn, reason: "by mistake" }, { job: "", attempts: 0 }),
		);
		expect((await world.run("status", "r-1")).out.split("\n")).toEqual([
			"r-1  REVOKED",
			"  job       (not known: no worker had seen its message)",
			"  attempts  none",
			"  ended     2026-11-20T09:00:12.345Z",
			"  reason    by mistake",
		]);
	});

	it("shows when a retry goes on", async () => {
		const world = cliWorld();
		world.records.set(
			"r-1",
			settled({ state: "RETRY", endedAt: twelveSecondsOn, error: connectionTimeout, nextAttemptAt: tenPastNine }),
		);
		expect((await world.run("status", "r-1")).out).toContain("goes on   2026-11-20T09:10:00.000Z");
	});
});
