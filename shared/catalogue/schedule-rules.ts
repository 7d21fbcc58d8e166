/** The rules of schedules. */
import { safeParse } from "zod/v4/core";
import { parseCron } from "../job/cron.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { CatchUp, ScheduleDefinition, ScheduleRule } from "../job/schedule.ts";
import { intervalFlaw } from "../job/schedule.ts";
import { nextTimes } from "../job/schedule-times.ts";
import { CATCH_UP_SECONDS_MAX } from "../kernel/limits.ts";
import { epochMs } from "../kernel/time.ts";
import { describeIssues } from "../wire/describe-issues.ts";
import type { Rule } from "./rule.ts";

/** With room for a prefix in the names that EventBridge takes, which have 64. */
export const SCHEDULE_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_.-]{0,49}$/;

/** What is wrong with a rule, in words; `undefined` when it is sound. Also asked when a schedule is made at run time. */
export function ruleFlaw(rule: ScheduleRule): string | undefined {
	if (rule.kind === "every") return intervalFlaw(rule.everySeconds);
	try {
		parseCron(rule.cron);
	} catch (error) {
		return (error as Error).message;
	}
	if (!isTimeZone(rule.timeZone))
		return `its time zone must be an IANA name such as Europe/Berlin; got "${rule.timeZone}"`;
	return nextTimes(rule, epochMs(0), 1).length > 0 ? undefined : `"${rule.cron}" is never due`;
}

function isTimeZone(name: string): boolean {
	try {
		return Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone !== "" && /^[A-Za-z]/.test(name);
	} catch {
		return false;
	}
}

/** What is wrong with a catch-up policy, in words. */
export function catchUpFlaw({ windowSeconds, runs }: CatchUp): string | undefined {
	if (!(Number.isInteger(windowSeconds) && windowSeconds >= 0 && windowSeconds <= CATCH_UP_SECONDS_MAX))
		return `catchUp.windowSeconds must be a whole number from 0 to ${CATCH_UP_SECONDS_MAX}; got ${windowSeconds}`;
	return runs === "latest" || runs === "all" ? undefined : `catchUp.runs must be latest or all; got "${runs}"`;
}

/** Where an input does not fit its job's schema. */
export function inputFlaws(job: JobDefinition, input: unknown): readonly string[] {
	const parsed = safeParse(job.input, input);
	return parsed.success ? [] : describeIssues(parsed.error.issues, input, "input");
}

export const scheduleRules: readonly Rule<ScheduleDefinition>[] = [
	{
		holds: ({ name }) => SCHEDULE_NAME_PATTERN.test(name),
		problem: ({ name }) => `name must be 1–50 letters, digits, "_", "-" or ".", a letter first; got "${name}"`,
	},
	{
		holds: (schedule, { schedules }) =>
			schedules.every((other) => other === schedule || other.name.toLowerCase() !== schedule.name.toLowerCase()),
		problem: ({ name }) => `names are unique over all schedules, whatever their case; "${name}" is used twice`,
	},
	{
		holds: ({ job }, { jobs }) => jobs.some((other) => other.name === job.name),
		problem: ({ job }) => `enqueues ${job.name}, which is no job of the catalogue`,
	},
	{
		holds: ({ rule }) => ruleFlaw(rule) === undefined,
		problem: ({ rule }) => ruleFlaw(rule) ?? "",
	},
	{
		holds: ({ catchUp }) => catchUpFlaw(catchUp) === undefined,
		problem: ({ catchUp }) => catchUpFlaw(catchUp) ?? "",
	},
	{
		holds: ({ job, input }) => inputFlaws(job, input).length === 0,
		problem: ({ job, input }) => `its input does not fit job ${job.name}: ${inputFlaws(job, input).join("; ")}`,
	},
	{
		holds: ({ priority }) => priority === undefined || (Number.isInteger(priority) && priority >= 0 && priority <= 9),
		problem: ({ priority }) => `priority must be a whole number from 0 to 9; got ${priority}`,
	},
];
