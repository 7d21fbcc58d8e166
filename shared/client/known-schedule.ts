/** A schedule as the catalogue or the registry of run time has it, with what is known of its ticks; and how it is shown. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { CatchUp, Overlap, ScheduleDefinition, ScheduleRule } from "../job/schedule.ts";
import { beforeFirstTick, nextTimes } from "../job/schedule-times.ts";
import type { RunId } from "../kernel/ids.ts";
import { type EpochMs, toIso } from "../kernel/time.ts";
import type { ScheduleRecord } from "../ports/schedule-registry.ts";

export interface ScheduleView {
	readonly name: string;
	/** `catalogue`: deployed with the code. `run-time`: made by a client. */
	readonly origin: "catalogue" | "run-time";
	readonly job: string;
	/** The catalogue has no such job any more. Its ticks become dead letters, until it is disabled or deleted. */
	readonly jobGone?: true;
	readonly input: unknown;
	readonly rule: ScheduleRule;
	readonly overlap: Overlap;
	readonly catchUp: CatchUp;
	readonly enabled: boolean;
	/** Why an operator disabled it. */
	readonly disabledBecause?: string;
	/** ISO 8601, UTC; the next five. None while it is disabled. */
	readonly next: readonly string[];
	readonly last?: { readonly at: string; readonly runId: string; readonly state: string };
	/** Ticks that never came, as the sweeper counts them, and the latest of them. */
	readonly missed: { readonly count: number; readonly latest?: string };
}

const NEXT_TIMES = 5;

export type KnownSchedule = Pick<
	ScheduleDefinition,
	"name" | "input" | "rule" | "overlap" | "catchUp" | "enabled" | "tenant" | "priority"
> & {
	readonly origin: ScheduleView["origin"];
	readonly jobName: string;
	/** None when a deploy has removed it since the schedule was made. */
	readonly job: JobDefinition | undefined;
	readonly record: ScheduleRecord | undefined;
};

export function knownSchedule(
	catalogue: Pick<Catalogue, "findJob" | "schedules">,
	name: string,
	record: ScheduleRecord | undefined,
): KnownSchedule | undefined {
	const deployed = catalogue.schedules.find((schedule) => schedule.name === name);
	if (deployed !== undefined) return { ...deployed, jobName: deployed.job.name, origin: "catalogue", record };
	const stored = record?.definition;
	if (stored === undefined) return undefined;
	const job = catalogue.findJob(stored.job);
	const { tenant, priority } = stored;
	const jobName = job?.name ?? stored.job;
	return { ...stored, name, tenant, priority, job, jobName, origin: "run-time", enabled: true, record };
}

export function scheduleView(known: KnownSchedule, now: EpochMs, stateOf: (run: RunId) => string): ScheduleView {
	const { name, origin, job, jobName, input, rule, overlap, catchUp, record } = known;
	const { latest, disabled, missed } = record ?? {};
	const enabled = known.enabled && disabled === undefined;
	return {
		...{ name, origin, job: jobName, input, rule, overlap, catchUp, enabled },
		...(job === undefined ? { jobGone: true } : {}),
		...(disabled === undefined ? {} : { disabledBecause: disabled }),
		next: enabled ? nextTimes(rule, nothingUntil(record, now), NEXT_TIMES).map(toIso) : [],
		...(latest === undefined
			? {}
			: { last: { at: toIso(latest.at), runId: latest.runId, state: stateOf(latest.runId) } }),
		missed: {
			count: missed?.count ?? 0,
			...(missed?.latest === undefined ? {} : { latest: toIso(missed.latest) }),
		},
	};
}

/** A minute's tick sends what is due within its minute, so one that never ticked, or was enabled in this minute, begins with the next. */
function nothingUntil(record: ScheduleRecord | undefined, now: EpochMs): EpochMs {
	if (record?.latest === undefined) return beforeFirstTick(now);
	const { until = now } = record.missed;
	return until > now ? until : now;
}
