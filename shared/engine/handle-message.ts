/**
 * The life of one message, as a row of named steps (design 4):
 * parse (done by the batch) → resolve job → read and validate input → admit → claim → perform → normalise outcome → settle → follow up → acknowledge.
 * Returning acknowledges the message; throwing keeps it in the queue, to be delivered again.
 */
import type { JobDefinition } from "../job/define-job.ts";
import { assertNever, MillraceError } from "../kernel/errors.ts";
import { type EpochMs, plusMs } from "../kernel/time.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import { admit } from "./admit.ts";
import { attemptRun } from "./attempt-run.ts";
import { carrierOf } from "./carrier-of.ts";
import { type ClaimVerdict, claimRun } from "./claim-run.ts";
import { alreadyRunning, enter, giveUpSlot, sendToLine } from "./concurrency/enter.ts";
import { poolsOf } from "./concurrency/pools-of.ts";
import { leaseFrom } from "./heartbeat.ts";
import { leaseHeld } from "./lease-held.ts";
import { runIdOf } from "./name-run.ts";
import { type Carried, followUpsOf, sendOn } from "./next-messages.ts";
import { type ParsedMessage, type Refusal, withReadable } from "./parse-message.ts";
import { awaitTurn, giveBack, sendToTurn, takeTurn } from "./rate/admit-by-rate.ts";
import { limiterOf } from "./rate/limiter-of.ts";
import { readReferencedInput } from "./read-input.ts";
import { refuseMessage } from "./refuse-message.ts";
import { resolveJob } from "./resolve-job.ts";
import type { Scene } from "./scene.ts";
import { sendNext } from "./send-next.ts";
import { emitEnded } from "./telemetry-of-run.ts";
import { tellHooks } from "./tell-hooks.ts";
import { validate } from "./validate-input.ts";
import type { DeliveredMessage } from "./worker-parts.ts";

/** @throws MillraceError `store-failed`, `send-failed`, `blob-failed`, `fence-lost`, `lease-held`: the message is kept and its redelivery repeats what is missing. */
export async function handleMessage(scene: Scene, delivered: DeliveredMessage, parsed: ParsedMessage): Promise<void> {
	const refuse = (refusal: Refusal, job?: JobDefinition) =>
		refuseMessage({ ...scene.calls, parts: scene.parts, queueClass: scene.queueClass }, delivered, refusal, job?.name);

	if (parsed.refused) return refuse(parsed.refusal);
	const { message } = parsed;

	const resolved = resolveJob(scene.parts, scene.queueClass, message);
	if (resolved.refused) return refuse(resolved.refusal, resolved.job);
	const { job } = resolved;
	const carried: Carried = { job, queueClass: scene.queueClass, message, runId: runIdOf(job, message, delivered) };

	const read =
		message.inputRef === undefined
			? { refused: false as const, input: message.input ?? {} }
			: await readReferencedInput(scene.parts.blobs, message.inputRef);
	if (read.refused) return refuse(withReadable(read.refusal, message), job);
	const input = validate(job.input, read.input, "input");
	if (!input.valid) {
		return refuse(
			withReadable(
				{ reason: "invalid-input", message: `The input does not fit job ${job.name}: ${input.problems.join("; ")}` },
				message,
			),
			job,
		);
	}

	const admission = admit(message, delivered.sentAt, scene.parts.clock.now());
	if (admission.verdict === "refuse") return refuse(withReadable(admission.refusal, message), job);
	if (admission.verdict === "not-before")
		return defer(scene, carried, "not-before", admission.until, message.attempt ?? 1);

	const limiter = admission.verdict === "expired" ? undefined : limiterOf(job, message, input.value);
	// A further leg goes on with a start that was counted.
	const turn = limiter === undefined || message.leg !== undefined ? undefined : await takeTurn(scene, carried, limiter);
	const messageId = carrierOf(message, delivered.messageId);
	const sent = { messageId, attempt: message.attempt ?? 1 };
	const expired = admission.verdict === "expired";
	// Also where its turn would come after its expiresAt: an operator may raise the limit again before.
	if (turn?.near === false) return sendToTurn(scene, carried, turn, sent);

	const entering = await enter(scene, carried, expired ? [] : poolsOf(scene.parts.catalogue, carried, input.value));
	if ("comeBackAt" in entering) return sendToLine(scene, carried, entering.comeBackAt, sent);
	const holds = entering.entered ? entering.holds : undefined;
	try {
		const verdict = await claimRun(scene.parts, scene.calls.claim, {
			job,
			runId: carried.runId,
			message,
			messageId,
			firstSentAt: (message.hops ?? 0) === 0 ? delivered.sentAt : undefined,
			queueClass: carried.queueClass,
			invocationEndsAt: scene.invocationEndsAt,
			expired,
			...("busyWith" in entering ? { skipped: alreadyRunning(entering.busyWith) } : {}),
		});
		if (verdict.kind !== "claimed") return await withoutPerforming(scene, carried, verdict, refuse);
		let { run } = verdict;
		if (limiter !== undefined && (verdict.run.leg ?? 1) === 1) {
			// An attempt that was lost may have begun on the ticket that its message brought.
			let start = await awaitTurn(scene, limiter, verdict.workerLost ? undefined : turn?.ticket);
			if (start.near && scene.parts.clock.now() - run.startedAt > unheardMsMax) {
				run = await hearOf(scene, job, run);
				// Its answer may have been long in coming, too.
				start = await awaitTurn(scene, limiter, start.ticket);
			}
			if (!start.near) return await giveBack(scene, carried, run, start);
		}
		// The claim's answer may have been long in coming.
		if (holds === undefined || !(await holds.confirm())) return await giveUpSlot(scene, carried, verdict.run);
		await attemptRun(scene, carried, { ...verdict, run, holds }, input.value, delivered.body);
	} finally {
		await holds?.leave("unused");
	}
}

/** A claimed run that has waited longer than this for its turn asks once more before it begins. */
const unheardMsMax = 500;

/** INV-12: it may have been revoked while it waited for its turn, claimed and without a heartbeat. @throws MillraceError `store-failed`, `fence-lost` */
async function hearOf(scene: Scene, job: JobDefinition, run: PerformingRun): Promise<PerformingRun> {
	const leaseUntil = leaseFrom(scene.parts.clock.now(), scene.invocationEndsAt, job);
	const heard = await scene.calls.beat({ id: run.id, fence: run.fence, leaseUntil });
	if (!heard.held)
		throw new MillraceError(
			"fence-lost",
			`Run ${run.id} was taken over by another worker while it waited for its turn.`,
		);
	return { ...run, leaseUntil, ...(heard.revoke === undefined ? {} : { revoke: heard.revoke }) };
}

type Unclaimed = Exclude<ClaimVerdict, { kind: "claimed" }>;

/** The claim said that there is nothing to perform: do what is left to do for this message. */
async function withoutPerforming(
	scene: Scene,
	carried: Carried,
	verdict: Unclaimed,
	refuse: (refusal: Refusal, job: JobDefinition) => Promise<void>,
): Promise<void> {
	const { parts, calls } = scene;
	const { job, runId: id, message } = carried;
	const about = { runId: id, job: job.name, attempt: message.attempt ?? 1 };
	switch (verdict.kind) {
		case "ended":
			await sendNext(parts, calls.send, followUpsOf(carried, verdict.record, parts.clock.now()));
			if (verdict.byThisMessage) {
				emitEnded(parts.telemetry, verdict.record);
				await tellHooks(parts, message, verdict.record, false);
			} else parts.telemetry.emit({ event: "duplicate.acknowledged", why: "terminal", ...about });
			return;
		case "acknowledge":
			parts.telemetry.emit({ event: "duplicate.acknowledged", why: verdict.why, ...about });
			return;
		case "keep":
			throw leaseHeld(id, verdict.until);
		case "defer":
			return defer(scene, carried, "leased", plusMs(verdict.until, leaseEndMarginMs), verdict.attempt);
		case "conflict":
			return refuse(
				withReadable(
					{
						reason: "run-id-conflict",
						message: `The id ${id} is a run of ${verdict.otherJob} already; got it for ${job.name}. Send it under another id, or without one.`,
					},
					message,
				),
				job,
			);
		default:
			return assertNever(verdict);
	}
}

/** Come back just after a lease is over, not just before. */
const leaseEndMarginMs = 1000;

/** Sends the message on for later, then lets this one go: waiting costs no attempt and no in-flight message (INV-06). */
async function defer(
	scene: Scene,
	carried: Carried,
	why: "not-before" | "leased",
	until: EpochMs,
	attempt: number,
): Promise<void> {
	const { parts, calls } = scene;
	const generation = carried.message.generation ?? 1;
	const now = parts.clock.now();
	const next = sendOn(carried, { attempt, generation, notBefore: until, deferred: true }, now);
	await sendNext(parts, calls.send, [next]);
	const { runId: id, job } = carried;
	parts.telemetry.emit({
		event: "run.deferred",
		why,
		delaySeconds: Math.max(0, Math.ceil((until - now) / 1000)),
		runId: id,
		job: job.name,
		attempt,
	});
}
