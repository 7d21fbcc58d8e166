/** "Not now": a message goes on as another one, for the same attempt, and the one at hand is let go. Waiting costs no attempt and no in-flight message (INV-06). */
import type { EpochMs } from "../kernel/time.ts";
import type { TelemetryEvent } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { type Carried, sendOn } from "./next-messages.ts";
import type { Scene } from "./scene.ts";
import { sendNext } from "./send-next.ts";

/** @param waited what it has waited for, for whoever gets it next. @throws MillraceError `send-failed`, `blob-failed` */
export async function sendLater(
	{ parts, calls }: Scene,
	carried: Carried,
	why: Extract<TelemetryEvent, { event: "run.deferred" }>["why"],
	at: Pick<JobMessage, "leg"> & {
		readonly attempt: number;
		readonly generation?: number;
		readonly notBefore: EpochMs;
	},
	waited: Pick<JobMessage, "ticket" | "line" | "breaker"> = {},
): Promise<void> {
	const { message, runId, job } = carried;
	const { attempt, notBefore } = at;
	const now = parts.clock.now();
	const next = sendOn(carried, { generation: message.generation ?? 1, ...at, deferred: true }, now);
	await sendNext(parts, calls.send, [{ ...next, message: { ...next.message, ...waited } }]);
	const delaySeconds = Math.max(0, Math.ceil((notBefore - now) / 1000));
	parts.telemetry.emit({ event: "run.deferred", why, delaySeconds, runId, job: job.name, attempt });
}
