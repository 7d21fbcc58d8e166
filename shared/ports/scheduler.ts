/**
 * What sends messages to queues in its own time: once, at an instant, for waits that are longer than a queue's delay; and again and again, for
 * the ticks of schedules.
 */
import type { EpochMs } from "../kernel/time.ts";

export interface ScheduledMessage {
	/** 1–64 characters of `A–Z a–z 0–9 . _ -`, computed from what the message is for: a second one of the same name is not made. */
	readonly name: string;
	/** To whose main queue it goes. */
	readonly queueClass: string;
	/** Not sent before this; up to a minute late, and perhaps twice. */
	readonly at: EpochMs;
	/** At most SCHEDULE_INPUT_BYTES_MAX. */
	readonly body: string;
	/** For whoever looks at the schedule. At most 512 characters. */
	readonly description: string;
}

/** A message that is sent at every tick of a cron expression. */
export interface RecurringMessage {
	/** As of a ScheduledMessage, but begun with TICK_NAME_PREFIX. */
	readonly name: string;
	readonly queueClass: string;
	/** EventBridge's, `cron(0 9 ? * MON *)`, read in `timeZone`. */
	readonly expression: string;
	readonly timeZone: string;
	readonly enabled: boolean;
	/** SCHEDULED_TIME in it is replaced by the time that the tick is scheduled for. */
	readonly body: string;
	/** How long a tick that can't be delivered is tried again. 60–86 400. */
	readonly eventAgeSeconds: number;
	readonly description: string;
}

export interface Scheduler {
	/** Resolves when the message will be sent, also when one of this name was waiting already: that one is left as it is. @throws MillraceError `schedule-failed`, `queue-class-not-found` */
	schedule(message: ScheduledMessage): Promise<void>;
	/** Makes it, or replaces the one of this name. @throws MillraceError `schedule-failed`, `queue-class-not-found` */
	recur(message: RecurringMessage): Promise<void>;
	/** Stops a recurring one or lets it go on; `false` when there is none of this name. @throws MillraceError `schedule-failed` */
	turn(name: string, how: "on" | "off"): Promise<boolean>;
	/** Takes back what has not been sent yet; a name that nothing waits under is no error. @throws MillraceError `schedule-failed` */
	cancel(names: readonly string[]): Promise<void>;
	/**
	 * What waits to be sent once, of names that begin so (default: all), in order of names; at most `limit`. One more request for each.
	 * @throws MillraceError `schedule-failed`
	 */
	list(query: { readonly namePrefix?: string; readonly limit: number }): Promise<{
		readonly waits: readonly ScheduledMessage[];
		/** There are others. */
		readonly more: boolean;
	}>;
	/** Whether anything waits under a name that begins so. @throws MillraceError `schedule-failed` */
	waits(namePrefix: string): Promise<boolean>;
}
