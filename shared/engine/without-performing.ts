/** The claim said that there is nothing to perform: what is left to do for the message. */
import type { JobDefinition } from "../job/define-job.ts";
import { assertNever } from "../kernel/errors.ts";
import { type ClaimVerdict, nobodyCarries } from "./claim-run.ts";
import { deferBehind } from "./defer.ts";
import { leaseHeld } from "./lease-held.ts";
import { type Carried, followUpsOf } from "./next-messages.ts";
import { type Refusal, withReadable } from "./parse-message.ts";
import type { Scene } from "./scene.ts";
import { sendLater } from "./send-later.ts";
import { sendNext } from "./send-next.ts";
import { emitEnded } from "./telemetry-of-run.ts";
import { tellHooks } from "./tell-hooks.ts";

/** @throws MillraceError `store-failed`, `send-failed`, `blob-failed`, `lease-held`: the message is kept. */
export async function withoutPerforming(
	scene: Scene,
	carried: Carried,
	verdict: Exclude<ClaimVerdict, { kind: "claimed" | "has-begun" }>,
	refuse: (refusal: Refusal, job: JobDefinition) => Promise<void>,
): Promise<void> {
	const { parts, calls } = scene;
	const { job, runId: id, message } = carried;
	const about = { runId: id, job: job.name, attempt: message.attempt ?? 1 };
	const acknowledge = (why: "terminal" | "stale"): void =>
		parts.telemetry.emit({ event: "duplicate.acknowledged", why, ...about });
	const refuseFor = (reason: Refusal["reason"], why: string) =>
		refuse(withReadable({ reason, message: why }, message), job);
	switch (verdict.kind) {
		case "ended":
			await sendNext(parts, calls.send, followUpsOf(carried, verdict.record, parts.clock.now()));
			if (verdict.byThisMessage) {
				emitEnded(parts.telemetry, verdict.record);
				await tellHooks(parts, message, verdict.record, false);
				return;
			}
			if (verdict.asStranger === true) await nobodyCarries(calls.claim, verdict.record);
			return acknowledge("terminal");
		case "acknowledge":
			return acknowledge(verdict.why);
		case "keep":
			throw leaseHeld(id, verdict.until);
		case "defer":
			if (verdict.why !== "not-before") return deferBehind(scene, carried, verdict);
			return sendLater(scene, carried, verdict.why, {
				attempt: verdict.attempt,
				generation: verdict.generation,
				notBefore: verdict.until,
			});
		case "ahead":
			return refuseFor(
				"message-invalid-field",
				`message.generation: must be at most ${verdict.generation + 1}, one more than that of run ${id} as it stands; got ${message.generation}. Leave it out, or redrive the run's own dead letter.`,
			);
		case "conflict":
			return refuseFor(
				"run-id-conflict",
				`The id ${id} is a run of ${verdict.otherJob} already; got it for ${job.name}. Send it under another id, or without one.`,
			);
		default:
			return assertNever(verdict);
	}
}
