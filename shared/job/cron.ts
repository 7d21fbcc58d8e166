/**
 * Cron in Celery's vocabulary: five fields (minute, hour, day of month, month, day of week), all of which must hold. EventBridge knows the
 * same fields, but not a day of the month together with a day of the week; of those only "the nth Monday" can be said there, and is.
 */

/** What a cron text means: the allowed values of each field, ascending. */
export interface CronFields {
	readonly minutes: readonly number[];
	readonly hours: readonly number[];
	readonly months: readonly number[];
	readonly days: CronDays;
}

export type CronDays =
	| { readonly kind: "every" }
	| { readonly kind: "month-days"; readonly days: readonly number[] }
	| { readonly kind: "last-month-day" }
	/** 0 is Sunday. */
	| { readonly kind: "week-days"; readonly days: readonly number[] }
	| { readonly kind: "nth-week-day"; readonly day: number; readonly nth: number };

/** Celery's `crontab(...)`, its parameters in this language's spelling. Each defaults to `*`. */
export interface Crontab {
	readonly minute?: string | number;
	readonly hour?: string | number;
	readonly dayOfMonth?: string | number;
	readonly monthOfYear?: string | number;
	readonly dayOfWeek?: string | number;
}

/** The five fields as text, for `cron:`. Nothing is checked here; `parseCron` does. */
export const crontab = ({
	minute = "*",
	hour = "*",
	dayOfMonth = "*",
	monthOfYear = "*",
	dayOfWeek = "*",
}: Crontab): string => [minute, hour, dayOfMonth, monthOfYear, dayOfWeek].map(withoutSpaces).join(" ");

const withoutSpaces = (field: string | number): string => String(field).replaceAll(" ", "");

interface FieldRule {
	readonly name: string;
	readonly min: number;
	readonly max: number;
	readonly names: readonly string[];
}

const weekDayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const monthNames = [
	"january",
	"february",
	"march",
	"april",
	"may",
	"june",
	"july",
	"august",
	"september",
	"october",
	"november",
	"december",
];

const rules = {
	minute: { name: "minute", min: 0, max: 59, names: [] },
	hour: { name: "hour", min: 0, max: 23, names: [] },
	monthDay: { name: "day of month", min: 1, max: 31, names: [] },
	month: { name: "month", min: 1, max: 12, names: ["", ...monthNames] },
	// 7 is Sunday, too, as everywhere outside Celery.
	weekDay: { name: "day of week", min: 0, max: 7, names: weekDayNames },
} as const satisfies Record<string, FieldRule>;

/** Throws a RangeError that quotes the field, and says what EventBridge can't do where it can't. */
export function parseCron(text: string): CronFields {
	const fields = text.trim().split(/\s+/);
	const [minute, hour, monthDay, month, weekDay] = fields;
	if (
		weekDay === undefined ||
		minute === undefined ||
		hour === undefined ||
		monthDay === undefined ||
		month === undefined ||
		fields.length > 5
	)
		throw new RangeError(`A cron text has five fields: minute, hour, day of month, month, day of week; got "${text}"`);
	return {
		minutes: valuesOf(minute, rules.minute),
		hours: valuesOf(hour, rules.hour),
		months: valuesOf(month, rules.month),
		days: daysOf(monthDay, weekDay),
	};
}

function daysOf(monthDay: string, weekDay: string): CronDays {
	const anyMonthDay = isAny(monthDay);
	const nth = /^(\w+)#([1-5])$/.exec(weekDay);
	if (nth?.[1] !== undefined && nth[2] !== undefined) {
		if (!anyMonthDay) throw new RangeError(bothDays(monthDay, weekDay));
		return { kind: "nth-week-day", day: oneValue(nth[1], rules.weekDay) % 7, nth: Number(nth[2]) };
	}
	if (monthDay.toUpperCase() === "L") {
		if (!isAny(weekDay)) throw new RangeError(bothDays(monthDay, weekDay));
		return { kind: "last-month-day" };
	}
	const monthDays = valuesOf(monthDay, rules.monthDay);
	const weekDays = [...new Set(valuesOf(weekDay, rules.weekDay).map((day) => day % 7))].toSorted(ascending);
	const everyWeekDay = weekDays.length === 7;
	if (monthDays.length === 31) return everyWeekDay ? { kind: "every" } : { kind: "week-days", days: weekDays };
	if (everyWeekDay) return { kind: "month-days", days: monthDays };
	const [day] = weekDays;
	const week = weeks.findIndex((days) => days.join() === monthDays.join());
	if (day === undefined || weekDays.length > 1 || week < 0) throw new RangeError(bothDays(monthDay, weekDay));
	return { kind: "nth-week-day", day, nth: week + 1 };
}

/** Days 1–7 hold the first of each week day, and so on; the fifth week is not whole in any month. */
const weeks = [1, 8, 15, 22].map((first) => Array.from({ length: 7 }, (_, index) => first + index));

const bothDays = (monthDay: string, weekDay: string): string =>
	`EventBridge takes a day of the month or a day of the week, not both; got "${monthDay}" and "${weekDay}". ` +
	`Both together are possible for the nth week day only: days 1-7, 8-14, 15-21 or 22-28 with one week day, or "mon#1". ` +
	"Else schedule the more frequent of the two and let the job answer skip() on other days.";

const isAny = (field: string): boolean => field === "*" || field === "?";
const ascending = (one: number, other: number): number => one - other;

function valuesOf(field: string, rule: FieldRule): readonly number[] {
	const values = new Set<number>();
	for (const part of field.split(",")) {
		const match = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
		if (match === null) throw fieldError(field, rule);
		const [, from = "", to, step] = match;
		const any = isAny(from);
		if (any && to !== undefined) throw fieldError(field, rule);
		const first = any ? rule.min : oneValue(from, rule);
		const last = to === undefined ? (any || step !== undefined ? lastOf(rule) : first) : oneValue(to, rule);
		const every = step === undefined ? 1 : Number(step);
		if (every < 1) throw fieldError(field, rule);
		// "fri-mon" and "22-2" go over the end, as Celery reads them.
		const span = last >= first ? last - first : last - first + lastOf(rule) - rule.min + 1;
		for (let offset = 0; offset <= span; offset += every) {
			const value = first + offset;
			values.add(value > rule.max ? value - (lastOf(rule) - rule.min + 1) : value);
		}
	}
	return [...values].toSorted(ascending);
}

/** Sunday is not counted twice in a stretch of days. */
const lastOf = (rule: FieldRule): number => (rule.names === weekDayNames ? 6 : rule.max);

function oneValue(text: string, rule: FieldRule): number {
	const value = /^\d+$/.test(text)
		? Number(text)
		: rule.names.findIndex((name) => text.length >= 3 && name.startsWith(text.toLowerCase()));
	if (value < rule.min || value > rule.max) throw fieldError(text, rule);
	return value;
}

const fieldError = (field: string, { name, min, max, names }: FieldRule): RangeError =>
	new RangeError(
		`The ${name} "${field}" is not understood: values ${min}–${max}${names.length > 0 ? ` or names (${names.find(Boolean)?.slice(0, 3)} …)` : ""}, ranges 1-5, steps */15, and lists of them`,
	);

/** EventBridge's spelling, `cron(minutes hours day-of-month month day-of-week year)`. */
export function eventBridgeCron({ minutes, hours, months, days }: CronFields): string {
	const [monthDay, weekDay] = eventBridgeDays(days);
	const fields = [
		spell(minutes, rules.minute),
		spell(hours, rules.hour),
		monthDay,
		spell(months, rules.month),
		weekDay,
		"*",
	];
	return `cron(${fields.join(" ")})`;
}

/** Its week days are 1–7 from Sunday. */
function eventBridgeDays(days: CronDays): readonly [string, string] {
	switch (days.kind) {
		case "every":
			return ["*", "?"];
		case "month-days":
			return [spell(days.days, rules.monthDay), "?"];
		case "last-month-day":
			return ["L", "?"];
		case "week-days":
			return ["?", days.days.map(weekDayName).join(",")];
		case "nth-week-day":
			return ["?", `${weekDayName(days.day)}#${days.nth}`];
	}
}

const weekDayName = (day: number): string => (weekDayNames[day] ?? "").slice(0, 3).toUpperCase();

/** As `*`, a step or a list: an expression has 256 characters at most, so 30 minutes of an hour are not spelled out. */
function spell(values: readonly number[], rule: FieldRule): string {
	const [first = rule.min, second] = values;
	const step = second === undefined ? 0 : second - first;
	if (values.length === rule.max - rule.min + 1) return "*";
	const even = values.length > 2 && values.every((value, index) => value === first + index * step);
	if (!even) return values.join(",");
	const last = first + (values.length - 1) * step;
	if (step === 1) return `${first}-${last}`;
	return last + step > rule.max ? `${first}/${step}` : values.join(",");
}
