/**
 * When a schedule is due. Written out here because EventBridge has rules of its own where clocks are changed, which no cron library keeps:
 * a time that the spring leaves out is skipped, and one that the autumn has twice is due once, the first time
 * (docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
 */
import { type EpochMs, epochMs } from "../kernel/time.ts";
import { type CronFields, parseCron } from "./cron.ts";
import type { ScheduleRule } from "./schedule.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The 29th of February may be eight years away (1896, 2096); a rule that has no time in so many days has none. */
const DAYS_MAX = 8 * 366 + 1;

/** The next times after `after`, soonest first; fewer than `count` where the rule has no more within eight years. */
export function nextTimes(rule: ScheduleRule, after: EpochMs, count: number): readonly EpochMs[] {
	const times: EpochMs[] = [];
	for (const time of timesAfter(rule, after)) {
		if (times.length >= count) break;
		times.push(time);
	}
	return times;
}

/**
 * Up to when nothing comes of a schedule that is made or enabled now: EventBridge ticks with the minute, and that tick sends what is due within
 * its minute.
 */
export const beforeFirstTick = (now: EpochMs): EpochMs =>
	epochMs(Math.floor(now / MINUTE_MS) * MINUTE_MS + MINUTE_MS - 1);

/** All times in (after, until], at most `countMax`. */
export function timesBetween(rule: ScheduleRule, after: EpochMs, until: EpochMs, countMax: number): readonly EpochMs[] {
	const times: EpochMs[] = [];
	for (const time of timesAfter(rule, after)) {
		if (time > until || times.length >= countMax) break;
		times.push(time);
	}
	return times;
}

function* timesAfter(rule: ScheduleRule, after: EpochMs): Generator<EpochMs> {
	if (rule.kind === "every") {
		const intervalMs = rule.everySeconds * 1000;
		for (let time = Math.floor(after / intervalMs) * intervalMs + intervalMs; ; time += intervalMs) yield epochMs(time);
	}
	yield* cronTimesAfter(parseCron(rule.cron), rule.timeZone, after);
}

function* cronTimesAfter(fields: CronFields, timeZone: string, after: EpochMs): Generator<EpochMs> {
	const offsetAt = offsets(timeZone);
	const wallDay = Math.floor((after + offsetAt(after)) / DAY_MS) * DAY_MS;
	let latest: number = after;
	let foundOn = 0;
	for (let day = 0; day - foundOn < DAYS_MAX; day++) {
		const date = wallDay + day * DAY_MS;
		if (!fields.months.includes(new Date(date).getUTCMonth() + 1) || !isDay(fields, date)) continue;
		for (const hour of fields.hours) {
			for (const minute of fields.minutes) {
				const time = instantOf(date + (hour * 60 + minute) * MINUTE_MS, offsetAt);
				// Never backwards: where a clock is put back, what follows on the wall may lie before.
				if (time !== undefined && time > latest) {
					latest = time;
					foundOn = day;
					yield epochMs(time);
				}
			}
		}
	}
}

/** `date` is a day of the wall calendar, as the UTC midnight of the same date. */
function isDay({ days }: CronFields, date: number): boolean {
	const day = new Date(date);
	const monthDay = day.getUTCDate();
	switch (days.kind) {
		case "every":
			return true;
		case "month-days":
			return days.days.includes(monthDay);
		case "last-month-day":
			return new Date(date + DAY_MS).getUTCDate() === 1;
		case "week-days":
			return days.days.includes(day.getUTCDay());
		case "nth-week-day":
			return day.getUTCDay() === days.day && Math.ceil(monthDay / 7) === days.nth;
	}
}

/** The first instant at which clocks show `wall`; `undefined` when they never do. */
function instantOf(wall: number, offsetAt: (instant: number) => number): number | undefined {
	// A change of clocks lies between two days' offsets or nowhere near.
	const candidates = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)].map((offset) => wall - offset);
	const shown = candidates.filter((instant) => instant + offsetAt(instant) === wall);
	return shown.length === 0 ? undefined : Math.min(...shown);
}

/** How far the wall clocks of a zone are ahead of UTC at an instant, in ms. */
function offsets(timeZone: string): (instant: number) => number {
	if (timeZone === "UTC") return () => 0;
	const format = new Intl.DateTimeFormat("en-US", {
		timeZone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	});
	return (instant) => {
		const part = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
		const at = (name: Intl.DateTimeFormatPartTypes): number => part.get(name) ?? 0;
		const wall = Date.UTC(at("year"), at("month") - 1, at("day"), at("hour"), at("minute"), at("second"));
		return wall - Math.floor(instant / 1000) * 1000;
	};
}
