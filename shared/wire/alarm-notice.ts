/**
 * What an alarm is about, as the infrastructure writes it into the alarm's description and the alerts function reads it: the first line is for
 * people, the last one JSON.
 */
import * as z from "zod/mini";

export const alarmKinds = [
	"depth",
	"age",
	"dead-letters",
	"no-consumer",
	"class",
	"errors",
	"failed-runs",
	"throttles",
	"overdue-leases",
	"missed-ticks",
	"sweeper",
	"untold",
] as const;
export type AlarmKind = (typeof alarmKinds)[number];

export const alarmNoticeSchema = z.strictObject({
	kind: z.enum(alarmKinds),
	level: z.enum(["INFO", "WARNING", "CRITICAL"]),
	/** Name of the queue class or worker group; absent for the whole platform. */
	about: z.optional(z.string()),
	/** Thresholds of the levels next to this one, where one metric has several: what a change says of them as well is told once. */
	above: z.optional(z.number()),
	below: z.optional(z.number()),
	/** The page in docs/runbooks that says what to do. */
	runbook: z.string(),
});
export type AlarmNotice = z.infer<typeof alarmNoticeSchema>;

const MARK = "millrace: ";

export const describeAlarm = (words: string, notice: AlarmNotice): string =>
	`${words} What to do: ${notice.runbook}\n${MARK}${JSON.stringify(notice)}`;

/** `undefined` for an alarm that is not of a platform. */
export function noticeIn(description: string | undefined): AlarmNotice | undefined {
	const line = description?.split("\n").find((candidate) => candidate.startsWith(MARK));
	if (line === undefined) return undefined;
	try {
		const parsed = z.safeParse(alarmNoticeSchema, JSON.parse(line.slice(MARK.length)));
		return parsed.success ? parsed.data : undefined;
	} catch {
		return undefined;
	}
}
