import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkNode } from "../../cli/commands/doctor.ts";
import { cliWorld } from "../support/cli-world.ts";
import { connectionTimeout, settled, started, succeeded, twelveSecondsOn } from "../support/run-records.ts";

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

	it("passes on when it may start", async () => {
		const world = cliWorld();
		await world.run("call", "send_invoice", "--input", '{"invoice_id":8}', "--not-before", "2026-11-20T11:00:00+01:00");
		expect(JSON.parse(world.sent[0]?.message.body ?? "")).toMatchObject({ notBefore: "2026-11-20T10:00:00.000Z" });
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

	it("ends with 130 at Ctrl-C, and with --json says so in the one document", async () => {
		const world = cliWorld();
		world.meanwhile = () => world.interrupt.abort();
		const ran = await world.run("call", "nightly_report", "--id", "r-1", "--wait", "--json");
		expect(ran).toMatchObject({ code: 130, json: { error: { code: "interrupted" } } });
		expect(ran.err).toMatch(/\ninterrupted$/);
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
		[
			"two times to begin",
			["call", "send_invoice", "--delay", "30", "--not-before", "2026-11-20T10:00:00Z"],
			"error usage: Either --delay or --not-before; got both.",
		],
		[
			"an instant in odd words",
			["call", "send_invoice", "--expires-at", "tomorrow"],
			'error usage: --expires-at must be an ISO 8601 instant such as 2026-11-20T09:00:00Z, in UTC where it names no offset; got "tomorrow".',
		],
		[
			"a timeout without a wait",
			["call", "send_invoice", "--timeout", "5"],
			"error usage: --timeout goes with --wait.",
		],
		[
			"options before the command",
			["--aws", "runs"],
			"error usage: unknown option '--aws'; options stand behind the command, as in `millrace runs --aws`\nSee `millrace --help`.",
		],
		[
			"a mistyped verb of a group that does something without one",
			["schedules", "dsable", "nightly"],
			"error usage: unknown command 'dsable'; there are list, upsert, disable, enable, delete, run, backfill\nSee `millrace schedules --help`.",
		],
		[
			"a class without its number",
			["tune", "custom", "--set", "quick"],
			'error usage: --set takes class=n, as in observability=4; got "quick".',
		],
		[
			"a class with no number",
			["tune", "custom", "--set", "quick=many"],
			'error usage: --set quick must be a whole number, 1 or more; got "many".',
		],
		[
			"some dead letters and all of them",
			["dlq", "purge", "quick", "--all", "--id", "x"],
			"error usage: Either --all, or some by --id or --group; got both.",
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

	it("shows what was got instead of JSON, and tells of the shell only who quoted there", async () => {
		const world = cliWorld();
		world.stdin = '{"invoice_id":7\n';
		expect((await world.run("call", "send_invoice", "--input", "-")).err).toMatch(
			/^error usage: standard input is not JSON: .*; got "\{"invoice_id":7"\.$/,
		);
		expect((await world.run("call", "send_invoice", "--input", "{a:1}")).err).toMatch(
			/^error usage: --input is not JSON: .*; got "\{a:1\}"\. Quote it for your shell: --input '\{"pipeline_id": 1\}'\.$/,
		);
	});

	it("gives errors as one JSON document too", async () => {
		const ran = await cliWorld().run("call", "send_invoce", "--json");
		expect(ran.json).toMatchObject({ error: { code: "unknown-job", details: { near: ["send_invoice"] } } });
		expect(ran.err).toContain("error unknown-job:");
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
			/^error configuration-invalid: No local stack runs in this folder or one above it \(`npm start` starts one\), so AWS was asked\. .*Region is missing/,
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
