/**
 * Schedules as a person sees them: `millrace start --data` in a process of its own, stopped and started an hour later. The hour passes in a
 * file that every process of the stack has its clock from (test/support/moved-clock.ts).
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { readLocalState } from "../../local/state-file.ts";
import { catalogue } from "../support/schedule-run/catalogue.ts";
import { PLATFORM_STACK, synthesizePlatform } from "../support/synth-platform.ts";
import { projectFolder, runProgram } from "./real-stack.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-hour-"));
const clockFile = join(folder, "clock");
const clock = new URL("../support/moved-clock.ts", import.meta.url);
clock.searchParams.set("file", clockFile);
const cli = join(projectFolder, "cli", "millrace.ts");

/** From now on it is that time, for every process. */
function setClock(iso: string): void {
	// In one step: somebody may be reading it.
	writeFileSync(`${clockFile}.new`, String(Date.parse(iso) - Date.now()));
	renameSync(`${clockFile}.new`, clockFile);
}

beforeAll(async () => {
	setClock("2030-03-04T10:03:00Z");
	const environment = { NODE_OPTIONS: `--import=${clock.href}`, SCHEDULE_RUN_FOLDER: folder };
	await synthesizePlatform({
		catalogue,
		workers: { scheduled: { entry: new URL("../support/schedule-run/worker.ts", import.meta.url) } },
		outFolder: join(folder, "assembly"),
		edits: { environment },
	});
	// An app that has been synthesized, as `cdk --app FOLDER` takes it.
	writeFileSync(
		join(folder, "cdk.json"),
		JSON.stringify({ app: 'mkdir -p "$CDK_OUTDIR" && cp -r assembly/. "$CDK_OUTDIR"' }),
	);
	const catalogueFile = fileURLToPath(new URL("../support/schedule-run/catalogue.ts", import.meta.url));
	const settings = { millrace: { catalogue: catalogueFile, stack: PLATFORM_STACK } };
	writeFileSync(join(folder, "package.json"), JSON.stringify(settings));
	writeFileSync(join(folder, "journal.ndjson"), "");
});

let started: ChildProcessByStdio<null, null, Readable> | undefined;
afterEach(async () => {
	await stop();
});
afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
});

/** Of a machine that has much else to do. */
const LINE_MS_MAX = 40_000;

interface Terminal {
	/** Resolves with the first line that matches, said or to be said. */
	line(pattern: RegExp): Promise<string>;
}

async function start(): Promise<Terminal> {
	const child = spawn(process.execPath, ["--import", clock.href, cli, "start", "--data", "data"], {
		cwd: folder,
		stdio: ["ignore", "ignore", "pipe"],
	});
	started = child;
	let said = "";
	const more = new EventEmitter();
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		said += text;
		more.emit("said");
	});
	const line = async (pattern: RegExp): Promise<string> => {
		const deadline = AbortSignal.timeout(LINE_MS_MAX);
		for (;;) {
			const found = said.split("\n").find((one) => pattern.test(one));
			if (found !== undefined) return found;
			await once(more, "said", { signal: deadline }).catch(() => {
				throw new Error(`It never said ${pattern}:\n${said}`);
			});
		}
	};
	await line(/^In another terminal/);
	return { line };
}

async function stop(): Promise<void> {
	const child = started;
	started = undefined;
	if (child === undefined || child.exitCode !== null) return;
	child.kill("SIGINT");
	await once(child, "exit");
}

async function millrace<Value>(...args: readonly string[]): Promise<Value> {
	const ran = await runProgram(process.execPath, ["--import", clock.href, cli, ...args, "--json"], { cwd: folder });
	if (ran.code !== 0) throw new Error(ran.err);
	return JSON.parse(ran.out);
}

interface Schedules {
	readonly schedules: readonly {
		readonly name: string;
		readonly last?: { readonly at: string; readonly runId: string; readonly state: string };
		readonly missed: { readonly count: number; readonly latest?: string };
	}[];
}
/** Which runs began, by whom they are for. */
function journalOf(who: string): readonly string[] {
	const lines = readFileSync(join(folder, "journal.ndjson"), "utf8").split("\n").slice(0, -1);
	return lines
		.map((line) => JSON.parse(line))
		.filter((run) => run.who === who)
		.map((run) => run.runId);
}

/** What CloudWatch says has been counted since this stack was started. */
async function counted(metric: string, dimensions: Readonly<Record<string, string>>): Promise<number> {
	const endpoint = readLocalState(join(folder, ".millrace", "local.json"))?.endpoints.cloudwatch ?? "";
	const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
	const Metric = { Namespace: `Millrace/${PLATFORM_STACK}`, MetricName: metric, Dimensions };
	const answer = await fetch(endpoint, {
		method: "POST",
		headers: { "x-amz-target": "GraniteServiceVersion20100801.GetMetricData" },
		body: JSON.stringify({
			StartTime: Date.parse("2030-03-04T10:00:00Z") / 1000,
			EndTime: Date.parse("2030-03-04T12:00:00Z") / 1000,
			MetricDataQueries: [{ Id: "m", MetricStat: { Metric, Period: 7200, Stat: "Sum" } }],
		}),
	});
	const { MetricDataResults } = (await answer.json()) as { MetricDataResults: { Values: number[] }[] };
	return (MetricDataResults[0]?.Values ?? []).reduce((sum, value) => sum + value, 0);
}

it("skips a tick while the run of the one before goes on, and says which run that is", async () => {
	const terminal = await start();
	// So that the sweeper knows from when on ticks are missed.
	await terminal.line(/Checked schedules/);
	const upsert = (name: string, ...rule: readonly string[]) =>
		millrace("schedules", "upsert", name, "--job", "hold_task", "--input", '{"who":"poll"}', ...rule);
	setClock("2030-03-04T10:04:05Z");
	await upsert("poll", "--every", "5");
	// Who waits for the minute's end doesn't see that it has come nearer, until there is another schedule to be looked at.
	setClock("2030-03-04T10:04:59.500Z");
	await upsert("another", "--cron", "0 0 * * *");

	await terminal.line(/schedule all-of-them, tick of 10:05:00: SUCCESS/);
	await terminal.line(/schedule the-latest, tick of 10:05:00: SUCCESS/);
	await terminal.line(/schedule poll, tick of 10:05:05: SKIPPED/);
	const [going = "", ...others] = journalOf("poll");
	expect(others).toEqual([]);
	const { schedules } = await millrace<Schedules>("schedules", "list", "poll");
	const last = schedules[0]?.last;
	expect(last).toMatchObject({ state: "SKIPPED" });
	expect(await millrace("status", last?.runId ?? "")).toMatchObject({
		state: "SKIPPED",
		meta: { reason: `The run of an earlier tick, ${going}, has not ended.` },
	});
	// Time has gone on: it may be more than the one by now.
	expect(await counted("TicksSkipped", { service: "scheduled", job: "hold_task" })).toBeGreaterThanOrEqual(1);
	writeFileSync(join(folder, "let-go"), "");
	await terminal.line(/schedule poll, tick of 10:05:00: SUCCESS/);
	await millrace("schedules", "delete", "poll");
	await stop();
});

it("counts what was due while it was stopped for an hour, and makes up for it as each schedule says, once", async () => {
	setClock("2030-03-04T11:07:20Z");
	const terminal = await start();
	for (const at of ["10:40", "10:45", "10:50", "10:55", "11:00", "11:05"])
		await terminal.line(new RegExp(`schedule all-of-them, tick of ${at}:00: SUCCESS`));
	await terminal.line(/schedule the-latest, tick of 11:05:00: SUCCESS/);
	const missed = { count: 12, latest: "2030-03-04T11:05:00.000Z" };
	expect((await millrace<Schedules>("schedules")).schedules).toMatchObject([
		{ name: "all-of-them", missed },
		{ name: "another", missed: { count: 0 } },
		{ name: "the-latest", missed },
	]);
	expect(await counted("TicksMissed", { service: "sweeper" })).toBe(24);
	expect(await counted("TicksMadeUpFor", { service: "sweeper" })).toBe(7);

	await millrace("sweep");
	const [all, latest] = [journalOf("all-of-them"), journalOf("the-latest")];
	// With those of 10:05.
	expect([all.length, new Set(all).size, latest.length, new Set(latest).size]).toEqual([7, 7, 2, 2]);
});
