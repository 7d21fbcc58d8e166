/** The project's schedules. Each tick costs a run: what watches others often is worth it, what rebuilds need only be daily. */
import { crontab } from "../job/cron.ts";
import { defineSchedule } from "../job/schedule.ts";
import { freshnessCheckTask } from "../jobs/observability/freshness-check-task.ts";
import { timelinessCheckTask } from "../jobs/observability/timeliness-check-task.ts";

/** An execution that hangs is noticed within half a minute. */
export const timelinessCheck = defineSchedule({
	name: "timeliness-check",
	job: timelinessCheckTask,
	everySeconds: 30,
	overlap: "skip",
	catchUp: { windowSeconds: 60, runs: "latest" },
});

export const freshnessCheck = defineSchedule({
	name: "freshness-check",
	job: freshnessCheckTask,
	cron: crontab({ minute: "*/5" }),
	overlap: "skip",
	catchUp: { windowSeconds: 300, runs: "latest" },
});
