import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkNode } from "../../cli/commands/doctor.ts";
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

describe("millrace call", () => {
	it("prints the run's id alone on standard output, and the target on standard error", async () => {
		const world = cliWorld();
		const ran = await world.run("call", "send_invoice", "--input", '{"invoice_id":7}', "--id", "r-1");
		expect(ran).toMatchObject({ code: 0, out: "r-1", err: "target: memory" });
		expect(world.sent.map(({ message }) => message.body)).toEqual([
			'{"v":1,"job":"send_invoice","input":{"invoice_id":7},"id":"r-1"}',
		]);
	});

	it("prints one JSON document with --json", async () => {
		const ran = await cliWorld().run("call", "nightly_report", "--id", "r-1", "--json");
		expect(ran.json).toEqual({ id: "r-1", job: "nightly_report" });
	});

	it("reads the input from standard input, and passes key, tenant and delay on", async () => {
		const world = cliWorld();
		world.stdin = '{"invoice_id":8}';
		await world.run("call", "send_invoice", "--input", "-", "--key", "k", "--tenant", "acme", "--delay", "30");
		expect(world.sent[0]).toMatchObject({
			target: { queueClass: "quick", queue: "main" },
			message: { delaySeconds: 30, messageGroupId: "acme" },
		});
	});

	it("waits with a progress bar on a terminal, and prints the ended run", async () => {
		const world = cliWorld();
		world.answer = "";
		const rows = [
			{
				...started(),
				state: "PROGRESS",
				progress: { progress: 75, current_step: "Checking", status: "busy" },
			} as const,
			succeeded('{"pages":2}'),
		];
		world.meanwhile = () => {
			const row = rows.shift();
			if (row !== undefined) world.records.set("r-1", row);
		};
		const ran = await world.run("call", "nightly_report", "--id", "r-1", "--wait", "--json");
		expect(ran.code).toBe(0);
		expect(ran.json).toMatchObject({ id: "r-1", state: "SUCCESS", result: { pages: 2 } });
		expect(world.overwritten).toEqual([
			"PENDING",
			"[##################------]  75%  Checking: busy",
			"SUCCESS",
			"",
			"",
		]);
	});

	it("shows no bar where there is no terminal", async () => {
		const world = cliWorld();
		world.records.set("r-1", succeeded("1"));
		await world.run("call", "nightly_report", "--id", "r-1", "--wait");
		expect(world.overwritten).toEqual([]);
	});

	it("ends with 1 when the run it waited for is FAILURE", async () => {
		const world = cliWorld();
		world.records.set("r-1", failed);
		const ran = await world.run("call", "nightly_report", "--id", "r-1", "--wait");
		expect(ran.code).toBe(1);
		expect(ran.out).toContain("DatabaseError (database): Connection timeout");
	});

	it("says that the class is paused when it is to wait for a run of it", async () => {
		const world = cliWorld();
		await world.run("pause", "quick", "--reason", "warehouse is down");
		const ran = await world.run("call", "nightly_report", "--id", "r-1", "--wait", "--timeout", "5");
		expect(ran.err.split("\n").slice(0, 3)).toEqual([
			"target: memory",
			"enqueued: r-1",
			"hint: queue quick is paused since 2026-11-20T09:00:00.000Z: warehouse is down; its runs wait until `millrace resume quick`",
		]);
	});

	it("ends with 3 when the time to wait is over", async () => {
		const ran = await cliWorld().run("call", "nightly_report", "--id", "r-1", "--wait", "--timeout", "5");
		expect(ran.code).toBe(3);
		expect(ran.err).toContain("error wait-timed-out: Run r-1 is still PENDING after 5 s.");
	});

	it.each<[string, string[], string]>([
		[
			"an input that is no JSON",
			["call", "send_invoice", "--input", "{invoice_id:7}"],
			"error usage: --input is not JSON",
		],
		[
			"a file that is not there",
			["call", "send_invoice", "--input", "@/nowhere.json"],
			"error usage: --input @/nowhere.json can't be read",
		],
		[
			"an input that does not fit",
			["call", "send_invoice", "--input", "{}"],
			"error invalid-input: The input does not fit job send_invoice:",
		],
		[
			"an unknown job",
			["call", "send_invoce"],
			'error unknown-job: The catalogue has no job "send_invoce". Did you mean send_invoice?',
		],
		[
			"a negative delay",
			["call", "send_invoice", "--delay=-5"],
			'error usage: --delay must be a number of seconds, 0 or more; got "-5".',
		],
		["no job", ["call"], "error usage: missing required argument 'job'\nSee `millrace call --help`."],
		["no id", ["dlq", "show", "quick"], "error usage: missing required argument 'id'\nSee `millrace dlq show --help`."],
		["half a command", ["dlq"], "error usage: Say which command.\nSee `millrace dlq --help`."],
		["an unknown option", ["call", "send_invoice", "--inptu", "{}"], "error usage: unknown option '--inptu'"],
		[
			"an unknown command",
			["cal", "jobs"],
			"error usage: unknown command 'cal'\n(Did you mean call?)\nSee `millrace --help`.",
		],
		["no command", [], "error usage: Say which command."],
	])("ends with 2 for %s, and sends nothing", async (_name, args, words) => {
		const world = cliWorld();
		const ran = await world.run(...args);
		expect(ran.code).toBe(2);
		expect(ran.err).toContain(words);
		expect(ran.out).toBe("");
		expect(world.sent).toEqual([]);
	});

	it("gives errors as one JSON document too", async () => {
		const ran = await cliWorld().run("call", "send_invoce", "--json");
		expect(ran.json).toMatchObject({ error: { code: "unknown-job", details: { near: ["send_invoice"] } } });
		expect(ran.err).toContain("error unknown-job:");
	});
});

describe("millrace status, result and runs", () => {
	it("shows a failed run's error, which can't command the terminal", async () => {
		const world = cliWorld();
		const error = { ...connectionTimeout, excMessage: "bad\u001B[2Jname\nsecond line" };
		world.records.set("r-1", settled({ state: "FAILURE", endedAt: twelveSecondsOn, reason: "worker-lost", error }));
		const ran = await world.run("status", "r-1");
		expect(ran.out).toBe(
			[
				"r-1  FAILURE",
				"  job       send_invoice",
				"  attempts  1",
				"  started   2026-11-20T09:00:10.000Z",
				"  ended     2026-11-20T09:00:12.345Z after 2.3 s",
				"  reason    worker-lost",
				"  error     DatabaseError (database): bad\\u001b[2Jname",
				"            second line",
				"  retries   0 of 3",
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
		expect(ran.out.split("\n")[1]).toBe(
			"2026-11-20T09:00:10.000Z  r-1  send_invoice  FAILURE         3  DatabaseError: Connection timeout",
		);
		expect((await world.run("runs", "--limit", "0")).code).toBe(2);
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

describe("millrace queues and jobs", () => {
	it("shows every queue of the platform", async () => {
		const world = cliWorld();
		world.addLetter("x");
		expect((await world.run("queues")).out).toBe(
			[
				"queue  worker group  depth  in flight  delayed  dead  state",
				"old    (none)            3          2        1     1  active",
				"quick  office            3          2        1     1  active",
			].join("\n"),
		);
		expect((await world.run("queues", "--json")).json).toMatchObject({
			queues: [
				{ queue: "old", workerGroup: null, dead: 1, state: "active", pausedSince: null, pausedBecause: null },
				{ queue: "quick", depth: 3, inFlight: 2, delayed: 1 },
			],
		});
	});

	it("lists jobs with their JSON Schemas, without any platform", async () => {
		const ran = await cliWorld().run("jobs", "--json");
		expect(ran.err).toBe("");
		expect(ran.json).toMatchObject({
			jobs: [
				{ name: "nightly_report" },
				{
					name: "send_invoice",
					queue: "quick",
					workerGroup: "office",
					retry: { retriesMax: 3 },
					input: {
						type: "object",
						required: ["invoice_id"],
						properties: { copies: { default: 1, minimum: 1, maximum: 5 } },
						additionalProperties: false,
					},
				},
			],
		});
	});

	it("shows one job, also by an old name", async () => {
		const ran = await cliWorld().run("jobs", "mail_invoice");
		expect(ran.out).toContain(
			"send_invoice: Sends an invoice.\nqueue quick, worker group office\nretries 3 x 60 s exp",
		);
		expect((await cliWorld().run("jobs", "nobody")).code).toBe(2);
	});
});

const commands = ["call", "status", "result", "runs", "revoke", "queues", "pause", "resume", "purge", "jobs", "doctor"];

describe("millrace --help", () => {
	it("names every command and every exit code, and ends with 0", async () => {
		const ran = await cliWorld().run("--help");
		expect(ran.code).toBe(0);
		for (const word of commands.concat("dlq", "130  interrupted")) {
			expect(ran.out).toContain(word);
		}
	});

	it.each(commands)("shows an example for %s", async (name) => {
		const ran = await cliWorld().run(name, "--help");
		expect(ran.out).toMatch(new RegExp(`Examples?:\\n  (.*\\| )?millrace ${name}`));
	});
});

describe("millrace --version", () => {
	it("prints the package's version", async () => {
		const { version }: { version: string } = JSON.parse(
			readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
		);
		expect(await cliWorld().run("--version")).toMatchObject({ code: 0, out: version, err: "" });
	});
});

describe("millrace without a local stack", () => {
	it("says first how to start one, then what AWS lacks", () => {
		const folder = mkdtempSync(join(tmpdir(), "millrace-nowhere-"));
		const env = { HOME: folder, AWS_EC2_METADATA_DISABLED: "true" };
		const file = fileURLToPath(new URL("../../cli/millrace.ts", import.meta.url));
		const ran = spawnSync(process.execPath, [file, "queues"], { cwd: folder, env, encoding: "utf8" });
		rmSync(folder, { recursive: true });
		expect(ran.stderr).toMatch(
			/^error configuration-invalid: No local stack runs here \(`npm start` starts one\), so AWS was asked\. .*Region is missing/,
		);
		expect(ran.status).toBe(2);
	});
});

describe("millrace doctor", () => {
	it("passes when everything answers, and ends with 1 when something does not", async () => {
		const world = cliWorld();
		expect(await world.run("doctor")).toMatchObject({ code: 0 });
		world.storeFails = true;
		const ran = await world.run("doctor", "--json");
		expect(ran.code).toBe(1);
		expect(ran.json).toMatchObject({ ok: false });
		expect((await world.run("doctor")).out).toContain(
			"FAIL  table: no such table\n      Check that the stack's resources exist",
		);
	});

	it("wants a Node that runs TypeScript", () => {
		expect(checkNode("24.21.0")).toMatchObject({ ok: true });
		expect(checkNode("20.20.2")).toMatchObject({ ok: false, advice: expect.stringContaining("npx millrace") });
	});
});

describe("the package's bin", () => {
	it("is an executable file that asks for node, which npx finds pinned in node_modules/.bin", () => {
		const root = new URL("../../", import.meta.url);
		const { bin }: { bin: { millrace: string } } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
		const file = new URL(bin.millrace, root);
		expect(readFileSync(file, "utf8").split("\n", 1)).toEqual(["#!/usr/bin/env node"]);
		expect(statSync(file).mode & 0o111).toBe(0o111);
	});
});
