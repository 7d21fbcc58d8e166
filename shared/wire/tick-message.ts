/** What an EventBridge schedule sends at each tick: the message of the run, with the time that EventBridge puts in. */
import type { JobMessage } from "./job-message.ts";

/** Replaced by the scheduler with the time that the tick was scheduled for. */
export const SCHEDULED_TIME = "<aws.scheduler.scheduled-time>";
/** Before the name of a schedule, in its group: one-time waits are named by hex digits, so that no name is both. */
export const TICK_NAME_PREFIX = "tick-";

export interface TickedRun {
	/** Of the schedule. */
	readonly name: string;
	readonly job: string;
	readonly input: unknown;
	readonly tenant?: string | undefined;
	readonly priority?: number | undefined;
}

export function tickMessage({ name, job, input, tenant, priority }: TickedRun): string {
	const message: JobMessage = {
		job,
		input,
		...(tenant === undefined ? {} : { tenant }),
		...(priority === undefined ? {} : { priority }),
		schedule: { name, at: SCHEDULED_TIME },
	};
	return JSON.stringify(message);
}
