/** Schedules: when each is due, how its last run went, what was missed; paused and run from here. */
import type { ScheduleRule } from "../../shared/job/schedule.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { html, none } from "./html.ts";
import { instant, stateMark, table } from "./page.ts";
import type { PerformAction, ShowWidget } from "./widget-parts.ts";

export const showSchedules: ShowWidget = async ({ client, button }) => {
	const all = await client.schedules.list();
	if (all.length === 0) return html`<p class="soft">There are no schedules.</p>`;
	const rows = all.map(({ name, job, jobGone = false, rule, enabled, disabledBecause, next, last, missed }) => {
		const about = { widget: "schedules", schedule: name } as const;
		const due = enabled ? instant(next[0]) : `paused${disabledBecause === undefined ? "" : ` ${disabledBecause}`}`;
		return [
			html`<b>${name}</b><br><span class="soft">${job}</span>${jobGone ? html` <span class="bad">its job is gone</span>` : none}`,
			ruleWords(rule),
			due,
			last === undefined
				? ""
				: html`${stateMark(last.state)} ${button(instant(last.at), { widget: "run", run: last.runId })}`,
			missed.count === 0 ? none : html`<span class="bad">${missed.count}, latest ${instant(missed.latest)}</span>`,
			html`${
				enabled
					? button(
							"Pause",
							{ ...about, action: "pause-schedule" },
							`Pause the schedule ${name}? Its ticks are skipped until it is resumed.`,
						)
					: jobGone
						? none
						: button("Resume", { ...about, action: "resume-schedule" }, `Resume the schedule ${name}?`)
			} ${jobGone ? none : button("Run now", { ...about, action: "run-schedule" }, `Enqueue one run of ${job} now, as ${name} would?`)}`,
		];
	});
	return table(["schedule", "rule", "next, UTC", "last", "missed", ""], rows);
};

function ruleWords(rule: ScheduleRule): string {
	if (rule.kind === "every") return `every ${rule.everySeconds} s`;
	return rule.timeZone === "UTC" ? rule.cron : `${rule.cron} ${rule.timeZone}`;
}

const nameIn = ({ schedule }: { readonly schedule?: string | undefined }): string => {
	if (schedule !== undefined) return schedule;
	throw new MillraceError("usage", "The action names no schedule.");
};

export const pauseSchedule: PerformAction = async ({ client }, event) => {
	await client.schedules.disable(nameIn(event), "from the dashboard");
	return `${nameIn(event)} is paused.`;
};

export const resumeSchedule: PerformAction = async ({ client }, event) => {
	await client.schedules.enable(nameIn(event));
	return `${nameIn(event)} is resumed.`;
};

export const runSchedule: PerformAction = async ({ client }, event) => {
	const { id } = await client.schedules.runNow(nameIn(event));
	return `Enqueued run ${id}.`;
};
