/**
 * A run's place among those that may perform at the same time (INV-09). It stands before the claim, so that waiting writes nothing into the
 * run's row and spends no attempt (INV-06). Who finds no slot is sent on with the time that is its own, or skipped.
 */
import { SQS_DELAY_SECONDS_MAX } from "../../kernel/limits.ts";
import { type EpochMs, plusSeconds } from "../../kernel/time.ts";
import type { PerformingRun } from "../../ports/job-store.ts";
import type { Carried } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { sendLater } from "../send-later.ts";
import { unclaim } from "../unclaim.ts";
import type { Pool } from "./pools-of.ts";
import type { Entering } from "./slot-desk.ts";

/** @throws MillraceError `store-failed` */
export const enter = (scene: Scene, { message, runId }: Carried, pools: readonly Pool[]): Promise<Entering> =>
	scene.slotDesk.enter(pools, {
		run: runId,
		leg: message.leg?.number ?? 1,
		line: message.line === undefined ? undefined : { until: message.line.until as EpochMs, times: message.line.times },
	});

/** Why a run was skipped, for its row. */
export const alreadyRunning = (run: string): string => `already_running: ${run}`;

/** Sends the message on, to come back then. @throws MillraceError `send-failed`, `blob-failed` */
export async function sendToLine(
	scene: Scene,
	carried: Carried,
	until: EpochMs,
	of: { readonly messageId: string; readonly attempt: number },
): Promise<void> {
	const { message } = carried;
	const now = scene.parts.clock.now();
	// A longer wait is cheaper as several of the queue's delays than as a schedule, and its time is an estimate anyway.
	const delaySeconds = Math.min(Math.max(0, Math.ceil((until - now) / 1000)), SQS_DELAY_SECONDS_MAX);
	const leg = message.leg === undefined ? {} : { leg: message.leg };
	// It carries the run in place of this message, which may have been delivered twice and be performing by now.
	const line = { until, times: (message.line?.times ?? 0) + 1, carrier: of.messageId };
	const at = { attempt: of.attempt, ...leg, notBefore: plusSeconds(now, delaySeconds) };
	await sendLater(scene, carried, "concurrency", at, { line });
}

/**
 * A claimed run whose slot is somebody else's by now goes back before it performs: the same attempt again, by another message.
 * @throws MillraceError `store-failed`, `send-failed`, `blob-failed`; `fence-lost`: somebody else holds the run, and the message is kept.
 */
export async function giveUpSlot(scene: Scene, carried: Carried, run: PerformingRun): Promise<void> {
	await unclaim(scene, run);
	const at = plusSeconds(scene.parts.clock.now(), 1);
	await sendToLine(scene, carried, at, { messageId: run.carrier, attempt: run.attempts });
}
