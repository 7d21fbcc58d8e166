/** `millrace schedules`: all schedules with their next times, last runs and missed ticks; making, stopping, running and backfilling them. */
import type { Command } from "commander";
import type { ScheduleChange, ScheduleView } from "../../shared/client/client.ts";
import { type CatchUp, defaultCatchUp, intervalFlaw, type Overlap, ruleWords } from "../../shared/job/schedule.ts";
import { CATCH_UP_SECONDS_MAX } from "../../shared/kernel/limits.ts";
import { type Action, usage } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { readInstant, readWhole } from "../option-values.ts";
import { readJsonOption } from "../read-json-option.ts";
import { formatTable } from "../table.ts";

const scheduleHelp = "the schedule's name; `millrace schedules` lists them";

export const describeList = (command: Command): Command =>
	command
		.description("show every schedule, or one: when it is due next, how its last run went, what was missed")
		.argument("[name]", scheduleHelp)
		.addHelpText("after", "\nExamples:\n  millrace schedules\n  millrace schedules list freshness-check --json");

export const list: Action<object> = async (context, [name]) => {
	const { schedules } = await context.client();
	if (name === undefined) {
		const views = await schedules.list();
		context.print({ schedules: views }, () => (views.length === 0 ? "There are no schedules." : tableOf(views)));
	} else {
		const view = await schedules.get(name);
		context.print({ schedules: [view] }, () => detailsOf(view));
	}
	return exitCodes.done;
};

interface UpsertOptions {
	readonly job: string;
	readonly input?: string;
	readonly cron?: string;
	readonly timeZone?: string;
	readonly every?: string;
	readonly overlap?: string;
	readonly catchUp?: string;
	readonly catchUpWindow?: string;
	readonly disabled?: true;
	readonly tenant?: string;
	readonly priority?: string;
}

export const describeUpsert = (command: Command): Command =>
	command
		.description("make a schedule, or change one that was made so")
		.argument("<name>", "1-50 letters, digits, _ - . with a letter first")
		.requiredOption("--job <job>", "the job to enqueue")
		.option("--input <json>", "its input (default: {})")
		.option("--cron <fields>", "minute hour day-of-month month day-of-week, as Celery's crontab")
		.option("--time-zone <zone>", "of --cron, such as Europe/Berlin (default: UTC)")
		.option("--every <seconds>", "5 s to a day, evenly dividing a minute, an hour or a day")
		.option(
			"--overlap <policy>",
			"while the run before has not ended: skip, queue, allow, cancel-other (default: skip)",
		)
		.option("--catch-up <runs>", "of ticks that never came: latest or all (default: latest)")
		.option("--catch-up-window <seconds>", "a tick that is later than this is skipped as missed (default: 3600)")
		.option("--disabled", "no tick until it is enabled; without this one that is changed stays as it is")
		.option("--tenant <name>", "on whose behalf")
		.option("--priority <0-9>", "of its runs, for routing: 9 is critical")
		.addHelpText(
			"after",
			`
It ticks within a minute. A schedule of the catalogue is changed there.

Examples:
  millrace schedules upsert user-report-7 --job timeliness_check_task --cron '0 9 * * mon-fri' --time-zone Europe/Berlin
  millrace schedules upsert poll --job freshness_check_task --every 30 --catch-up-window 60 --disabled`,
		);

export const upsert: Action<UpsertOptions> = async (context, [name = ""], options) => {
	const { job, cron, timeZone, every, overlap, catchUp, catchUpWindow, disabled, tenant, priority } = options;
	if ((cron === undefined) === (every === undefined))
		throw usage(`Say when: either --cron or --every; got ${cron === undefined ? "neither" : "both"}.`);
	if (timeZone !== undefined && cron === undefined) throw usage("--time-zone goes with --cron: --every counts in UTC.");
	const change: ScheduleChange = {
		job,
		...(options.input === undefined ? {} : { input: await readJsonOption(context.io, "--input", options.input) }),
		...(cron === undefined ? {} : { cron }),
		...(timeZone === undefined ? {} : { timeZone }),
		...(every === undefined ? {} : { everySeconds: intervalOf(every) }),
		...(overlap === undefined ? {} : { overlap: overlap as Overlap }),
		...(catchUp === undefined && catchUpWindow === undefined ? {} : { catchUp: catchUpOf(catchUp, catchUpWindow) }),
		...(disabled === true ? { enabled: false } : {}),
		...(tenant === undefined ? {} : { tenant }),
		...(priority === undefined ? {} : { priority: readWhole("--priority", priority, { min: 0, max: 9 }) }),
	};
	const { schedules } = await context.client();
	const view = await schedules.upsert(name, change);
	context.print({ schedules: [view] }, () => detailsOf(view));
	return exitCodes.done;
};

function intervalOf(every: string): number {
	const seconds = readWhole("--every", every, { min: 1 });
	const flaw = intervalFlaw(seconds, "--every");
	if (flaw !== undefined) throw usage(flaw);
	return seconds;
}

function catchUpOf(runs: string = defaultCatchUp.runs, window: string | undefined): CatchUp {
	if (runs !== "latest" && runs !== "all") throw usage(`--catch-up must be latest or all; got "${runs}".`);
	const windowSeconds =
		window === undefined
			? defaultCatchUp.windowSeconds
			: readWhole("--catch-up-window", window, { min: 0, max: CATCH_UP_SECONDS_MAX });
	return { windowSeconds, runs };
}

export const describeDisable = (command: Command): Command =>
	command
		.description("skip a schedule's ticks until it is enabled again")
		.argument("<name>", scheduleHelp)
		.option("--reason <text>", "shown with the schedule and with each skipped tick")
		.addHelpText("after", '\nExample:\n  millrace schedules disable freshness-check --reason "warehouse moves"');

export const disable: Action<{ readonly reason?: string }> = async (context, [name = ""], { reason }) => {
	const { schedules } = await context.client();
	await schedules.disable(name, reason);
	context.print({ name, enabled: false }, () => `Schedule ${name} is disabled.`);
	return exitCodes.done;
};

export const describeEnable = (command: Command): Command =>
	command
		.description("let a disabled schedule tick again")
		.argument("<name>", scheduleHelp)
		.addHelpText("after", "\nExample:\n  millrace schedules enable freshness-check");

export const enable: Action<object> = async (context, [name = ""]) => {
	const { schedules } = await context.client();
	await schedules.enable(name);
	const view = await schedules.get(name);
	context.print({ name, enabled: true, next: view.next }, () => `Schedule ${name} is due next at ${view.next[0]}.`);
	return exitCodes.done;
};

export const describeDelete = (command: Command): Command =>
	command
		.description("delete a schedule that was made at run time")
		.argument("<name>", scheduleHelp)
		.addHelpText("after", "\nExample:\n  millrace schedules delete user-report-7");

export const remove: Action<object> = async (context, [name = ""]) => {
	const { schedules } = await context.client();
	await schedules.remove(name);
	context.print({ name, deleted: true }, () => `Schedule ${name} is deleted.`);
	return exitCodes.done;
};

export const describeRun = (command: Command): Command =>
	command
		.description("enqueue one run now, beside the schedule's ticks")
		.argument("<name>", scheduleHelp)
		.addHelpText("after", "\nExample:\n  millrace schedules run freshness-check");

export const run: Action<object> = async (context, [name = ""]) => {
	const { schedules } = await context.client();
	const { id } = await schedules.runNow(name);
	context.print({ id }, () => id);
	return exitCodes.done;
};

export const describeBackfill = (command: Command): Command =>
	command
		.description("enqueue the runs of all times from FROM to TO, both included")
		.argument("<name>", scheduleHelp)
		.argument("<from>", "ISO 8601; UTC where it names no offset")
		.argument("<to>", "likewise, and passed")
		.addHelpText("after", "\nExample:\n  millrace schedules backfill freshness-check 2026-11-01 2026-11-02T12:00Z");

export const backfill: Action<object> = async (context, [name = "", from = "", to = ""]) => {
	readInstant("FROM", from);
	readInstant("TO", to);
	const { schedules } = await context.client();
	const runs = await schedules.backfill(name, { from, to });
	context.print(
		{ runs },
		() =>
			`${runs.length} ${runs.length === 1 ? "run of" : "runs of"} ${name} ${runs.length === 1 ? "is" : "are"} enqueued; what has run already does not run again.`,
	);
	return exitCodes.done;
};

const tableOf = (views: readonly ScheduleView[]): string =>
	formatTable(
		["schedule", "job", "when", "next", "last", "state", "missed", ""],
		views.map((view) => [
			view.name,
			view.job,
			ruleWords(view.rule),
			view.next[0] ?? (view.enabled ? "never" : "disabled"),
			view.last?.at ?? "",
			view.last?.state ?? "",
			view.missed.count,
			[...(view.jobGone === true ? ["its job is gone"] : []), ...(view.enabled ? [] : [disabledWords(view)])].join(
				"; ",
			),
		]),
	);

const disabledWords = ({ disabledBecause }: ScheduleView): string => disabledBecause ?? "by the catalogue";

const detailsOf = (view: ScheduleView): string =>
	formatTable(
		[view.name, view.origin === "catalogue" ? "(of the catalogue)" : "(made at run time)"],
		[
			["job", `${view.job} ${JSON.stringify(view.input)}`],
			...(view.jobGone === true ? [["", "its job is gone: delete the schedule, or deploy the job again"]] : []),
			["when", ruleWords(view.rule)],
			["overlap", view.overlap],
			["catch-up", `${view.catchUp.runs}, up to ${view.catchUp.windowSeconds} s late`],
			...(view.enabled ? [] : [["disabled", disabledWords(view)]]),
			...view.next.map((at, index) => [index === 0 ? "next" : "", at]),
			["last", view.last === undefined ? "" : `${view.last.at} ${view.last.state} ${view.last.runId}`],
			["missed", `${view.missed.count}${view.missed.latest === undefined ? "" : `, latest ${view.missed.latest}`}`],
		],
	);
