/**
 * A run that comes while the breaker of its class is open: it is sent on before anything is taken or written for it, and spends no attempt
 * (INV-06). Legs of an attempt that has begun are not held back: their checkpoint is made, and their time limits run on while they wait.
 */
import { SQS_DELAY_SECONDS_MAX } from "../../kernel/limits.ts";
import { type EpochMs, plusSeconds } from "../../kernel/time.ts";
import { type Carried, sendOn } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { sendNext } from "../send-next.ts";

/** A message that has been sent on more often waits longer each time: the outage is a long one, and its hops shall last for days (HOPS_MAX). */
const hopsSoon = 1_000;
const longWaitSeconds = 60;

/** @throws MillraceError `send-failed`, `blob-failed` */
export async function holdBack(
	scene: Scene,
	carried: Carried,
	until: EpochMs,
	of: { readonly messageId: string; readonly attempt: number },
): Promise<void> {
	const { parts, calls } = scene;
	const { message, runId, job } = carried;
	const now = parts.clock.now();
	// Spread, so that those who wait don't come back together.
	const leastSeconds = (message.hops ?? 0) > hopsSoon ? longWaitSeconds * (1 + parts.random.unit()) : 0;
	const waitSeconds = Math.ceil(Math.max((until - now) / 1000, leastSeconds));
	const delaySeconds = Math.min(waitSeconds, SQS_DELAY_SECONDS_MAX);
	const place = {
		attempt: of.attempt,
		generation: message.generation ?? 1,
		notBefore: plusSeconds(now, delaySeconds),
	};
	const next = sendOn(carried, { ...place, deferred: true }, now);
	// It carries the run in place of this message, which may have been delivered twice and be performing by now.
	const breaker = { carrier: of.messageId };
	await sendNext(parts, calls.send, [{ ...next, message: { ...next.message, breaker } }]);
	const about = { runId, job: job.name, attempt: of.attempt };
	parts.telemetry.emit({ event: "run.deferred", why: "breaker", delaySeconds, ...about });
}
