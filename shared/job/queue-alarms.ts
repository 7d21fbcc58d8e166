/** When a queue class calls for attention: numbers of messages that wait, and how long the oldest of them may. */

export const alarmLevels = ["INFO", "WARNING", "CRITICAL"] as const;
export type AlarmLevel = (typeof alarmLevels)[number];

/** A depth counts when it was met in so many of the last minutes; the same for all levels, so that one point of time decides them together. */
export const depthMinutes = { met: 3, of: 5 } as const;

export interface QueueAlarms {
	/** Messages that wait, for each level; rising. A level that is left out has no alarm. 1–1,000,000. */
	readonly depth: Readonly<Partial<Record<AlarmLevel, number>>>;
	/** How old the oldest waiting message may be. 60–1,209,600. */
	readonly ageSeconds: number;
	/** Of the alarm that tells of dead letters: `CRITICAL` where a run that failed for good can't wait until somebody looks. */
	readonly deadLetters: AlarmLevel;
}

export const defaultAlarms: QueueAlarms = {
	...{ depth: { INFO: 20, WARNING: 50, CRITICAL: 100 }, ageSeconds: 900 },
	deadLetters: "WARNING",
};

const DEPTH_MAX = 1_000_000;
const AGE_SECONDS = { min: 60, max: 1_209_600 };

/** What is wrong with them, in words with the numbers. */
export function alarmsFlaw({ depth, ageSeconds, deadLetters }: QueueAlarms): string | undefined {
	const given = alarmLevels.flatMap((level) => (depth[level] === undefined ? [] : [depth[level]]));
	const words = alarmLevels.map((level) => `${level} ${depth[level] ?? "-"}`).join(", ");
	if (given.some((value) => !Number.isInteger(value) || value < 1 || value > DEPTH_MAX))
		return `alarms.depth must be whole numbers from 1 to ${DEPTH_MAX}; got ${words}`;
	if (given.some((value, index) => index > 0 && value <= (given[index - 1] ?? 0)))
		return `alarms.depth must rise from INFO over WARNING to CRITICAL; got ${words}`;
	if (!alarmLevels.includes(deadLetters))
		return `alarms.deadLetters must be one of ${alarmLevels.join(", ")}; got ${String(deadLetters)}`;
	return Number.isInteger(ageSeconds) && ageSeconds >= AGE_SECONDS.min && ageSeconds <= AGE_SECONDS.max
		? undefined
		: `alarms.ageSeconds must be a whole number from ${AGE_SECONDS.min} to ${AGE_SECONDS.max}; got ${ageSeconds}`;
}
