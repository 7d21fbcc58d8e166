/**
 * The life of one message, as a row of named steps (design 4):
 * parse (done by the batch) → resolve job → read and validate input (understand-message.ts) → admit → wait for later ones (debounce) → ask the
 * schedule's policies → look into the result cache → breaker → rate turn → concurrency slot → claim (begin-run.ts) → perform (batch jobs
 * gather) → normalise outcome → settle → follow up (attempt-run.ts) → acknowledge.
 * Returning acknowledges the message; throwing keeps it in the queue, to be delivered again.
 */
import type { JobDefinition } from "../job/define-job.ts";
import { admit } from "./admit.ts";
import { beginRun } from "./begin-run.ts";
import { admitByDebounce } from "./debounce/admit-by-debounce.ts";
import type { Carried } from "./next-messages.ts";
import { type ParsedMessage, type Refusal, withReadable } from "./parse-message.ts";
import { refuseMessage } from "./refuse-message.ts";
import type { Scene } from "./scene.ts";
import { holdTick, isTick, sendOthersOfMinute } from "./schedules/tick.ts";
import { sendLater } from "./send-later.ts";
import { understandMessage } from "./understand-message.ts";
import type { DeliveredMessage } from "./worker-parts.ts";

/** @throws MillraceError `store-failed`, `send-failed`, `blob-failed`, `fence-lost`, `lease-held`: the message is kept and its redelivery repeats what is missing. */
export async function handleMessage(scene: Scene, delivered: DeliveredMessage, parsed: ParsedMessage): Promise<void> {
	const refuse = (refusal: Refusal, job?: JobDefinition) =>
		refuseMessage(
			{ ...scene.calls, parts: scene.parts, queueClass: scene.queueClass },
			delivered,
			refusal,
			job ?? scene.parts.catalogue.findJob(refusal.readable?.job ?? ""),
		);
	const understood = await understandMessage(scene, delivered, parsed);
	if (understood.refused) return refuse(understood.refusal, understood.job);
	const { carried, call, trail } = understood;
	const { message } = carried;

	const admission = admit(message, delivered.sentAt, scene.parts.clock.now());
	if (admission.verdict === "refuse") return refuse(withReadable(admission.refusal, message), carried.job);
	if (admission.verdict === "not-before")
		return sendLater(scene, carried, "not-before", { attempt: message.attempt ?? 1, notBefore: admission.until });
	const expired = admission.verdict === "expired";
	const ready = expired ? { carried, latest: false } : await waitForOthers(scene, carried, call.input, delivered);
	if (ready === "sent-on") return;
	await beginRun(scene, { ...ready, delivered, trail, call, expired, refuse });
}

interface Ready {
	/** Says what it has waited for, for whoever sends it on. */
	readonly carried: Carried;
	/** Of its debounce key. */
	readonly latest: boolean;
	/** Why it ends SKIPPED. */
	readonly skipped?: string;
}

/** Later runs of its debounce key, and the run of its schedule's tick before. @throws MillraceError `store-failed`, `send-failed`, `blob-failed` */
async function waitForOthers(
	scene: Scene,
	carried: Carried,
	input: unknown,
	delivered: DeliveredMessage,
): Promise<Ready | "sent-on"> {
	let ready: Ready = { carried, latest: false };
	if (carried.job.debounce !== undefined) {
		if (isTick(carried.message)) await sendOthersOfMinute(scene, carried);
		const quiet = await admitByDebounce(scene, carried, input, delivered);
		if (quiet.verdict === "sent-on") return "sent-on";
		if (quiet.verdict === "skip") return { ...ready, skipped: quiet.reason };
		ready = { carried: quiet.carried, latest: quiet.latest };
	}
	if (!isTick(carried.message)) return ready;
	const tick = await holdTick(scene, ready.carried, delivered.messageId);
	if (tick.kind === "held") return "sent-on";
	return tick.kind === "skip" ? { ...ready, skipped: tick.words } : { ...ready, carried: tick.carried };
}
