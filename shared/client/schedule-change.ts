/** What a schedule of run time is to be, as a client says it, and checked: all faults are told together. */
import { catchUpFlaw, inputFlaws, ruleFlaw, SCHEDULE_NAME_PATTERN } from "../catalogue/schedule-rules.ts";
import type { JobDefinition } from "../job/define-job.ts";
import {
	type CatchUp,
	defaultCatchUp,
	type Overlap,
	type ScheduleDefinition,
	type ScheduleRule,
} from "../job/schedule.ts";
import { MillraceError } from "../kernel/errors.ts";
import { overlapSchema, type StoredSchedule } from "../wire/schedule-definition.ts";

export interface ScheduleChange {
	/** A definition of the catalogue, or a wire name. */
	readonly job: string | JobDefinition;
	/** Default `{}`. */
	readonly input?: unknown;
	/** Five fields in Celery's vocabulary. Either this or `everySeconds`. */
	readonly cron?: string;
	/** Of `cron`; default UTC. */
	readonly timeZone?: string;
	readonly everySeconds?: number;
	/** Default `skip`. */
	readonly overlap?: Overlap;
	/** Default: the latest, up to an hour late. */
	readonly catchUp?: CatchUp;
	/** Default: as it is, and true for a new one. One that is made disabled does not tick until it is enabled. */
	readonly enabled?: boolean;
	readonly tenant?: string;
	readonly priority?: number;
}

/** @throws MillraceError `schedule-invalid` with every fault */
export function checkedSchedule(
	name: string,
	job: JobDefinition,
	change: ScheduleChange,
	deployed: readonly ScheduleDefinition[],
): StoredSchedule {
	const { input = {}, cron, timeZone = "UTC", everySeconds, overlap = "skip", catchUp = defaultCatchUp } = change;
	const { tenant, priority } = change;
	const faults: string[] = [];
	if (!SCHEDULE_NAME_PATTERN.test(name))
		faults.push(`its name must be 1–50 letters, digits, "_", "-" or ".", a letter first; got "${name}"`);
	if (deployed.some((schedule) => schedule.name.toLowerCase() === name.toLowerCase()))
		faults.push("a schedule of the catalogue has this name");
	const rule: ScheduleRule | undefined =
		cron === undefined && everySeconds !== undefined
			? { kind: "every", everySeconds }
			: cron !== undefined && everySeconds === undefined
				? { kind: "cron", cron, timeZone }
				: undefined;
	if (rule === undefined) faults.push("it needs either cron or everySeconds");
	else faults.push(...[ruleFlaw(rule)].filter((flaw) => flaw !== undefined));
	faults.push(...[catchUpFlaw(catchUp)].filter((flaw) => flaw !== undefined));
	if (!overlapSchema.def.entries[overlap as keyof typeof overlapSchema.def.entries])
		faults.push(`overlap must be skip, queue, allow or cancel-other; got "${overlap}"`);
	if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= 9))
		faults.push(`priority must be a whole number from 0 to 9; got ${priority}`);
	faults.push(...inputFlaws(job, input));
	if (rule !== undefined && faults.length === 0) {
		const who = tenant === undefined ? {} : { tenant };
		return { job: job.name, input, rule, overlap, catchUp, ...who, ...(priority === undefined ? {} : { priority }) };
	}
	throw new MillraceError("schedule-invalid", `Schedule ${name} can't be made:\n- ${faults.join("\n- ")}`, {
		details: { faults },
	});
}
