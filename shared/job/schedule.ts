/** A schedule as data: which job is enqueued when, what happens when the run before has not ended, and what is made up for. */
import type { EpochMs } from "../kernel/time.ts";
import { eventBridgeCron, parseCron } from "./cron.ts";
import type { JobDefinition, JobInput } from "./define-job.ts";

export type ScheduleRule =
	| {
			readonly kind: "cron";
			/** Five fields in Celery's vocabulary, see cron.ts: `0 9 * * mon-fri`. */
			readonly cron: string;
			/** An IANA name such as `Europe/Berlin`. A time that the spring leaves out is skipped, one that the autumn has twice is due once. */
			readonly timeZone: string;
	  }
	| {
			readonly kind: "every";
			/** 5–30 s that divide a minute, minutes that divide an hour, hours that divide a day: counted from midnight UTC. */
			readonly everySeconds: number;
	  };

/**
 * What a tick does while the run of the tick before has not ended: end as SKIPPED, wait for it (one waits, further ones are skipped), run beside
 * it, or have it revoked and then run.
 */
export type Overlap = "skip" | "queue" | "allow" | "cancel-other";

export interface CatchUp {
	/** A tick that comes later than this after its time is skipped as missed; of ticks that never came, those older are not made up for. 0–82 800 (23 h). */
	readonly windowSeconds: number;
	/** Of the ticks that never came: the latest, or all. */
	readonly runs: "latest" | "all";
}

export interface ScheduleDefinition<Job extends JobDefinition = JobDefinition> {
	/** 1–50 letters, digits, `_`, `-`, `.`, a letter first; unique in the catalogue. */
	readonly name: string;
	readonly job: Job;
	/** What each run gets, checked against the job's schema with the catalogue. */
	readonly input: JobInput<Job>;
	readonly rule: ScheduleRule;
	readonly overlap: Overlap;
	readonly catchUp: CatchUp;
	readonly enabled: boolean;
	readonly tenant: string | undefined;
	/** 0–9, as a producer gives it. */
	readonly priority: number | undefined;
}

export type ScheduleOptions<Job extends JobDefinition> = Pick<ScheduleDefinition<Job>, "name" | "job"> &
	// biome-ignore lint/complexity/noBannedTypes: an input without required fields may be left out
	({} extends JobInput<Job> ? { readonly input?: JobInput<Job> } : { readonly input: JobInput<Job> }) &
	(
		| {
				/** `crontab({ hour: 2, minute: 0 })`, or its text. */
				readonly cron: string;
				/** Default UTC. */
				readonly timeZone?: string;
		  }
		| { readonly everySeconds: number }
	) & {
		/** Default `skip`. */
		readonly overlap?: Overlap;
		/** Default: the latest, up to an hour late. */
		readonly catchUp?: CatchUp;
		/** Default true. */
		readonly enabled?: boolean;
		readonly tenant?: string;
		readonly priority?: number;
	};

export const defaultCatchUp: CatchUp = { windowSeconds: 3600, runs: "latest" };

/** Fills in the defaults. The rule, the input and the numbers are checked together with the rest of the catalogue by `defineCatalogue`. */
export function defineSchedule<Job extends JobDefinition>(options: ScheduleOptions<Job>): ScheduleDefinition<Job> {
	const { name, job, overlap = "skip", catchUp = defaultCatchUp, enabled = true, tenant, priority } = options;
	const input = (options.input ?? {}) as JobInput<Job>;
	const rule: ScheduleRule =
		"cron" in options
			? { kind: "cron", cron: options.cron, timeZone: options.timeZone ?? "UTC" }
			: { kind: "every", everySeconds: options.everySeconds };
	return { name, job, input, rule, overlap, catchUp, enabled, tenant, priority };
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
const SUB_MINUTE_SECONDS_MIN = 5;

/** What is wrong with an interval, in words; `undefined` when its ticks can be the same for everyone who counts them. */
export function intervalFlaw(everySeconds: number, name = "everySeconds"): string | undefined {
	const whole = Number.isInteger(everySeconds);
	const divides =
		(everySeconds >= SUB_MINUTE_SECONDS_MIN && MINUTE_SECONDS % everySeconds === 0) ||
		(everySeconds % MINUTE_SECONDS === 0 && HOUR_SECONDS % everySeconds === 0) ||
		(everySeconds % HOUR_SECONDS === 0 && DAY_SECONDS % everySeconds === 0);
	return whole && divides
		? undefined
		: `${name} must be 5, 6, 10, 12, 15, 20 or 30, or minutes that divide an hour, or hours that divide a day; got ${everySeconds}. Write other intervals as cron.`;
}

/** How EventBridge is told of a rule. Intervals are cron there, too, since a `rate()` counts from when it was made. */
function cronOfInterval(everySeconds: number): string {
	if (everySeconds <= MINUTE_SECONDS) return "* * * * *";
	if (everySeconds < HOUR_SECONDS) return `*/${everySeconds / MINUTE_SECONDS} * * * *`;
	return everySeconds < DAY_SECONDS ? `0 */${everySeconds / HOUR_SECONDS} * * *` : "0 0 * * *";
}

/** Sent with one tick of EventBridge a minute, for the rest of the minute. Milliseconds after it; none for what is no sub-minute rule. */
export function offsetsWithinMinuteMs(rule: ScheduleRule): readonly number[] {
	if (rule.kind !== "every" || rule.everySeconds >= MINUTE_SECONDS) return [];
	const { everySeconds } = rule;
	return Array.from({ length: MINUTE_SECONDS / everySeconds - 1 }, (_, index) => (index + 1) * everySeconds * 1000);
}

/** Whether it is a whole minute, or one of the times within a minute that the rule has. */
export function hasOffsetOf(rule: ScheduleRule, at: EpochMs): boolean {
	const offsetMs = at % (MINUTE_SECONDS * 1000);
	return offsetMs === 0 || offsetsWithinMinuteMs(rule).includes(offsetMs);
}

/** A rule as EventBridge takes it. @throws RangeError for a rule that is not sound */
export function eventBridgeExpression(rule: ScheduleRule): { readonly expression: string; readonly timeZone: string } {
	return rule.kind === "cron"
		? { expression: eventBridgeCron(parseCron(rule.cron)), timeZone: rule.timeZone }
		: { expression: eventBridgeCron(parseCron(cronOfInterval(rule.everySeconds))), timeZone: "UTC" };
}

/** For people: `0 9 * * mon-fri Europe/Berlin`, `every 30 s`. */
export const ruleWords = (rule: ScheduleRule): string =>
	rule.kind === "cron" ? `${rule.cron} ${rule.timeZone}` : `every ${rule.everySeconds} s`;
