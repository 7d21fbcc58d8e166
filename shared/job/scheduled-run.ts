/** What a schedule of the catalogue enqueues, and through which class: plain data for whoever has no catalogue. */
import type { Routing } from "./route-run.ts";
import { routeRun } from "./route-run.ts";
import type { CatchUp, Overlap, ScheduleDefinition, ScheduleRule } from "./schedule.ts";

export interface ScheduledRun {
	readonly name: string;
	readonly job: string;
	readonly queueClass: string;
	readonly input: unknown;
	readonly rule: ScheduleRule;
	readonly overlap: Overlap;
	readonly catchUp: CatchUp;
	readonly enabled: boolean;
	readonly tenant?: string;
	readonly priority?: number;
}

export function scheduledRun(routing: Routing, schedule: ScheduleDefinition): ScheduledRun {
	const { name, job, input, rule, overlap, catchUp, enabled, tenant, priority } = schedule;
	const run = { job: job.name, input, tenant, priority, headers: {} };
	return {
		...{ name, job: job.name, queueClass: routeRun(routing, job, run), input, rule, overlap, catchUp, enabled },
		...(tenant === undefined ? {} : { tenant }),
		...(priority === undefined ? {} : { priority }),
	};
}
