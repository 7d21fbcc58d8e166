/** From what CloudWatch tells the topic to what people are told: level, title, time, message and details. Pure. */
import * as z from "zod/mini";
import { depthMinutes } from "../../shared/job/queue-alarms.ts";
import { type AlarmNotice, noticeIn } from "../../shared/wire/alarm-notice.ts";

/** What an alarm publishes; CloudWatch sends more. */
const alarmSchema = z.object({
	AlarmName: z.string(),
	AlarmDescription: z.optional(z.nullable(z.string())),
	AlarmArn: z.string(),
	NewStateValue: z.string(),
	NewStateReason: z.string(),
	OldStateValue: z.optional(z.string()),
	StateChangeTime: z.string(),
	Region: z.optional(z.string()),
});
export type AlarmChange = z.infer<typeof alarmSchema>;

export interface QueueNumbers {
	readonly visible: number;
	readonly delayed: number;
	readonly inFlight: number;
	readonly deadLetters: number;
}

export interface Alert {
	readonly level: "INFO" | "WARNING" | "CRITICAL" | "RESOLVED";
	readonly title: string;
	/** `2026-11-21 06:04:26 UTC` */
	readonly timestamp: string;
	readonly message: string;
	readonly details: readonly { readonly name: string; readonly value: string | number }[];
	readonly runbook: string | undefined;
}

/** `undefined` for what is no alarm's change of state, such as a message that somebody published by hand. */
export function readAlarmChange(text: string): AlarmChange | undefined {
	try {
		const parsed = z.safeParse(alarmSchema, JSON.parse(text));
		return parsed.success ? parsed.data : undefined;
	} catch {
		return undefined;
	}
}

/** An alarm that has never been anything else becomes OK when it is made: that is no news. */
export const isNews = ({ NewStateValue, OldStateValue }: AlarmChange): boolean =>
	NewStateValue === "ALARM" || (NewStateValue === "OK" && OldStateValue === "ALARM");

/** `Threshold Crossed: 3 out of the last 5 datapoints [2367.0 (28/09/25 06:04:00), …] were …` */
function pointsIn(reason: string): readonly number[] {
	const list = /datapoints \[([^\]]*)\]/.exec(reason)?.[1] ?? "";
	return [...list.matchAll(/(-?[\d.]+(?:E\d+)?) \(/g)].map(([, value]) => Number(value));
}

/**
 * Whether the alarm of the level next to it changes by the very same minutes: a queue that fills at once is told of by its highest level alone, one
 * that empties at once by its lowest. Where the reason does not say, each tells.
 */
export function isToldByAnother(change: AlarmChange): boolean {
	const { above, below } = noticeOf(change) ?? {};
	const points = pointsIn(change.NewStateReason);
	return change.NewStateValue === "ALARM"
		? above !== undefined && points.filter((value) => value >= above).length >= depthMinutes.met
		: below !== undefined && points.filter((value) => value < below).length > depthMinutes.of - depthMinutes.met;
}

export const noticeOf = ({ AlarmDescription }: AlarmChange): AlarmNotice | undefined =>
	noticeIn(AlarmDescription ?? undefined);

/** @param queue of the class that the alarm is about, where it is about one and SQS answered. */
export function alertOf(change: AlarmChange, queue: QueueNumbers | undefined): Alert {
	const notice = noticeOf(change);
	const words = change.AlarmDescription?.split("\n")[0]?.replace(/ What to do: .*$/, "") ?? change.AlarmName;
	const resolved = change.NewStateValue === "OK";
	const about = notice?.about === undefined ? [] : [{ name: subjectOf(notice), value: notice.about }];
	const numbers =
		queue === undefined
			? []
			: [
					{ name: "Messages in queue", value: queue.visible },
					{ name: "Scheduled tasks", value: queue.delayed },
					{ name: "Workers active", value: queue.inFlight },
					{ name: "Dead letters", value: queue.deadLetters },
				];
	return {
		level: resolved ? "RESOLVED" : (notice?.level ?? "WARNING"),
		title: resolved ? "Millrace alert is over" : titleOf(notice),
		timestamp: `${new Date(change.StateChangeTime).toISOString().slice(0, 19).replace("T", " ")} UTC`,
		message:
			queue !== undefined && notice?.kind === "depth" && !resolved ? `Queue has ${queue.visible} pending tasks` : words,
		details: [...numbers, ...about, { name: "Alarm", value: change.AlarmName }],
		runbook: notice?.runbook,
	};
}

const groupKinds: readonly AlarmNotice["kind"][] = ["errors", "failed-runs", "throttles"];
const subjectOf = ({ kind }: AlarmNotice): string => (groupKinds.includes(kind) ? "Worker group" : "Queue");

const titles: Readonly<Record<AlarmNotice["kind"], string>> = {
	depth: "Millrace queue alert",
	age: "Millrace queue alert",
	"dead-letters": "Millrace dead letters",
	"no-consumer": "Millrace queue without a consumer",
	class: "Millrace queue class needs attention",
	errors: "Millrace worker errors",
	"failed-runs": "Millrace runs fail",
	throttles: "Millrace workers throttled",
	"overdue-leases": "Millrace runs overdue",
	"missed-ticks": "Millrace schedule missed ticks",
	sweeper: "Millrace sweeper does not sweep",
	untold: "Millrace alerts untold",
};
const titleOf = (notice: AlarmNotice | undefined): string => (notice === undefined ? "Alarm" : titles[notice.kind]);
