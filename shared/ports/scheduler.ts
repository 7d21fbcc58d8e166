/** Waits that are longer than a queue's own delay: a message that is sent to the queue of its class at an instant, whatever happens until then. */
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

export interface Scheduler {
	/** Resolves when the message will be sent, also when one of this name was waiting already: that one is left as it is. @throws MillraceError `schedule-failed`, `queue-class-not-found` */
	schedule(message: ScheduledMessage): Promise<void>;
	/** Takes back what has not been sent yet; a name that nothing waits under is no error. @throws MillraceError `schedule-failed` */
	cancel(names: readonly string[]): Promise<void>;
	/** Whether anything waits under a name that begins so. @throws MillraceError `schedule-failed` */
	waits(namePrefix: string): Promise<boolean>;
}
