/** The command line as data for commander: every command with its options, its help and its action. */
import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { type Action, attach, type ProgramParts } from "./command-context.ts";
import { breaker, describeBreaker } from "./commands/breaker.ts";
import * as cache from "./commands/cache.ts";
import { call, describeCall } from "./commands/call.ts";
import * as dlq from "./commands/dlq.ts";
import { describeDoctor, doctor } from "./commands/doctor.ts";
import { describeJobs, jobs } from "./commands/jobs.ts";
import * as limits from "./commands/limits.ts";
import { describePause, describeResume, pause, resume } from "./commands/pause.ts";
import { describePurge, purge } from "./commands/purge.ts";
import { describeQueues, queues } from "./commands/queues.ts";
import { describeResult, result } from "./commands/result.ts";
import { describeRevoke, revoke } from "./commands/revoke.ts";
import { describeRuns, runs } from "./commands/runs.ts";
import { describeScheduled, scheduled } from "./commands/scheduled.ts";
import * as schedules from "./commands/schedules.ts";
import { describeStart, type StartOptions, start } from "./commands/start.ts";
import { describeStatus, status } from "./commands/status.ts";
import { describeSweep, sweep } from "./commands/sweep.ts";
import { describeTune, tune } from "./commands/tune.ts";
import { type ExitCode, exitCodeHelp } from "./exit-codes.ts";

/** `finish` is told the exit code of the command that ran. */
export function buildProgram(parts: ProgramParts, finish: (code: ExitCode) => void): Command {
	const program = new Command("millrace")
		.description("Enqueue jobs, see how their runs are, look after their queues.")
		.version(packageJson.version, "-V, --version", "print the version")
		.exitOverride()
		.configureOutput({
			writeOut: (text) => parts.io.out(text.trimEnd()),
			// Usage errors are reported once, by main.
			writeErr: () => {},
		})
		.showHelpAfterError(false)
		.addHelpText(
			"after",
			`
Speaks to the local stack where one runs (\`millrace start\`), else to AWS; says which on standard error.

${exitCodeHelp}`,
		);
	const add = <Options>(
		parent: Command,
		name: string,
		describe: (command: Command) => Command,
		action: Action<Options>,
	): void => {
		attach(describe(parent.command(name)), parts, finish, action);
	};

	add(program, "call", describeCall, call);
	add(program, "status", describeStatus, status);
	add(program, "result", describeResult, result);
	add(program, "runs", describeRuns, runs);
	add(program, "scheduled", describeScheduled, scheduled);
	add(program, "revoke", describeRevoke, revoke);
	add(program, "queues", describeQueues, queues);
	add(program, "pause", describePause, pause);
	add(program, "resume", describeResume, resume);
	add(program, "breaker", describeBreaker, breaker);
	add(program, "purge", describePurge, purge);
	const letters = program.command("dlq").description("look after dead letters: list, show, redrive, purge");
	add(letters, "list", dlq.describeList, dlq.list);
	add(letters, "show", dlq.describeShow, dlq.show);
	add(letters, "redrive", dlq.describeRedrive, dlq.redrive);
	add(letters, "purge", dlq.describePurge, dlq.purge);
	const limiters = program
		.command("limits")
		.description("rate limits while the platform runs: list, set, factor, restore")
		.addHelpText("after", "\n`millrace limits [limiter]` is `millrace limits list [limiter]`.");
	attach(limits.describeList(limiters.command("list", { isDefault: true })), parts, finish, limits.list);
	add(limiters, "set", limits.describeSet, limits.set);
	add(limiters, "factor", limits.describeFactor, limits.factor);
	add(limiters, "restore", limits.describeRestore, limits.restore);
	const recurring = program
		.command("schedules")
		.description("schedules: list, upsert, disable, enable, delete, run, backfill")
		.addHelpText("after", "\n`millrace schedules [name]` is `millrace schedules list [name]`.");
	attach(schedules.describeList(recurring.command("list", { isDefault: true })), parts, finish, schedules.list);
	add(recurring, "upsert", schedules.describeUpsert, schedules.upsert);
	add(recurring, "disable", schedules.describeDisable, schedules.disable);
	add(recurring, "enable", schedules.describeEnable, schedules.enable);
	add(recurring, "delete", schedules.describeDelete, schedules.remove);
	add(recurring, "run", schedules.describeRun, schedules.run);
	add(recurring, "backfill", schedules.describeBackfill, schedules.backfill);
	const caches = program.command("cache").description("take cached results away: invalidate, clear");
	add(caches, "invalidate", cache.describeInvalidate, cache.invalidate);
	add(caches, "clear", cache.describeClear, cache.clear);
	add(program, "tune", describeTune, tune);
	add(program, "sweep", describeSweep, sweep);
	add(program, "jobs", describeJobs, jobs);
	add(program, "doctor", describeDoctor, doctor(parts));
	describeStart(program.command("start")).action(async (options: StartOptions) => finish(await start(parts, options)));
	return program;
}
