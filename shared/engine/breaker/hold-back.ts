/**
 * A run that comes while the breaker of its class is open: it is sent on before anything is taken or written for it, and spends no attempt
 * (INV-06). Legs of an attempt that has begun are not held back: their checkpoint is made, and their time limits run on while they wait.
 */
import { SQS_DELAY_SECONDS_MAX } from "../../kernel/limits.ts";
import { type EpochMs, plusSeconds } from "../../kernel/time.ts";
import type { Carried } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { sendLater } from "../send-later.ts";

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
	const { clock, random } = scene.parts;
	const now = clock.now();
	// Spread, so that those who wait don't come back together.
	const leastSeconds = (carried.message.hops ?? 0) > hopsSoon ? longWaitSeconds * (1 + random.unit()) : 0;
	const waitSeconds = Math.ceil(Math.max((until - now) / 1000, leastSeconds));
	const notBefore = plusSeconds(now, Math.min(waitSeconds, SQS_DELAY_SECONDS_MAX));
	// It carries the run in place of this message, which may have been delivered twice and be performing by now.
	const breaker = { carrier: of.messageId };
	await sendLater(scene, carried, "breaker", { attempt: of.attempt, notBefore }, { breaker });
}
