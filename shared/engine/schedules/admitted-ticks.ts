/**
 * Ticks that were admitted and wait for a slot, a rate or the breaker of their class, in their worker or in the queue. Until such a one has a row nothing
 * tells of it, once a later tick came: so it is noted before it waits, and what fires again or comes late meanwhile does not end it as missed
 * (INV-11). Forgotten as soon as it has a row: a note that outlived that would let a late copy perform again. A tick that has nothing to wait for
 * pays for neither.
 */
import { UNENDED_RETENTION_SECONDS } from "../../kernel/limits.ts";
import { plusSeconds, toEpochSeconds } from "../../kernel/time.ts";
import type { Carried } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { isTick } from "./tick.ts";

/** To be called before it may wait. @throws MillraceError `store-failed` */
export async function noteAdmitted({ parts }: Scene, { runId, message, newlyAdmitted }: Carried): Promise<void> {
	if (newlyAdmitted !== true || !isTick(message)) return;
	const until = plusSeconds(parts.clock.now(), UNENDED_RETENTION_SECONDS);
	await parts.schedules.noteAdmitted(runId, toEpochSeconds(until));
}

/**
 * To be called when it has a row, by every message of it that comes so far: the one that has noted it may be delivered again, and say nothing of that.
 * @param mayWait whether its job has anything to wait for; one that was sent on after it was admitted had.
 */
export async function forgetAdmitted({ parts }: Scene, carried: Carried, mayWait: boolean): Promise<void> {
	const { runId, message, newlyAdmitted } = carried;
	if (!isTick(message) || !(mayWait || (newlyAdmitted !== true && (message.hops ?? 0) > 0))) return;
	// An attempt shall not be lost for a note that expires by itself.
	await parts.schedules.noteAdmitted(runId, toEpochSeconds(parts.clock.now())).catch(() => {});
}
