/**
 * The life of one message, as a row of named steps (design 4):
 * parse (done by the batch) → resolve job → read and validate input → admit → wait for later ones (debounce) → look into the result cache →
 * breaker → rate turn → concurrency slot → claim → perform (batch jobs gather) → normalise outcome → settle → follow up → acknowledge.
 * Returning acknowledges the message; throwing keeps it in the queue, to be delivered again.
 */
import type { JobDefinition } from "../job/define-job.ts";
import { assertNever, MillraceError } from "../kernel/errors.ts";
import { LEASE_MARGIN_MS } from "../kernel/limits.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import type { Trail } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { admit } from "./admit.ts";
import { attemptRun } from "./attempt-run.ts";
import type { Probe } from "./breaker/breaker.ts";
import { holdBack } from "./breaker/hold-back.ts";
import type { CachedCall } from "./cache/cache-keys.ts";
import { type CacheLook, lookAgain, lookUp } from "./cache/look-up.ts";
import { carrierOf } from "./carrier-of.ts";
import { type ClaimVerdict, claimRun, hasEnded, nobodyCarries } from "./claim-run.ts";
import { alreadyRunning, enter, giveUpSlot, sendToLine } from "./concurrency/enter.ts";
import type { Leaving } from "./concurrency/entry.ts";
import { poolsOf } from "./concurrency/pools-of.ts";
import { admitByDebounce } from "./debounce/admit-by-debounce.ts";
import { defer, deferBehind, sentOn, whoPerforms } from "./defer.ts";
import { hearOf } from "./hear-of.ts";
import { leaseHeld } from "./lease-held.ts";
import { runIdOf } from "./name-run.ts";
import { type Carried, followUpsOf } from "./next-messages.ts";
import { type ParsedMessage, type Refusal, withReadable } from "./parse-message.ts";
import { awaitTurn, giveBack, sendToTurn, takeTurn } from "./rate/admit-by-rate.ts";
import { limiterOf } from "./rate/limiter-of.ts";
import { readCheckpoint } from "./read-checkpoint.ts";
import { readReferencedInput } from "./read-input.ts";
import { refuseMessage } from "./refuse-message.ts";
import { resolveJob } from "./resolve-job.ts";
import type { Scene } from "./scene.ts";
import { holdTick, isTick } from "./schedules/tick.ts";
import { sendNext } from "./send-next.ts";
import { emitEnded } from "./telemetry-of-run.ts";
import { tellHooks } from "./tell-hooks.ts";
import { trailOf, trailOfLeg } from "./trail.ts";
import { unclaim } from "./unclaim.ts";
import { validate } from "./validate-input.ts";
import type { DeliveredMessage } from "./worker-parts.ts";

/** Deliveries that a message of a newer version gets: a deploy is over long before the last of them. */
const newerReceivesMax = 3;

/** @throws MillraceError `store-failed`, `send-failed`, `blob-failed`, `fence-lost`, `lease-held`: the message is kept and its redelivery repeats what is missing. */
export async function handleMessage(scene: Scene, delivered: DeliveredMessage, parsed: ParsedMessage): Promise<void> {
	const refuse = (refusal: Refusal, job?: JobDefinition) =>
		refuseMessage(
			{ ...scene.calls, parts: scene.parts, queueClass: scene.queueClass },
			delivered,
			refusal,
			job ?? scene.parts.catalogue.findJob(refusal.readable?.job ?? ""),
		);

	if (parsed.refused) {
		const { perhapsNewer, reason, message } = parsed.refusal;
		if (perhapsNewer === true && delivered.receiveCount <= newerReceivesMax)
			throw new MillraceError(reason, `${message} A newer worker may have sent it: it is kept for one of those.`);
		return refuse(parsed.refusal);
	}
	const message = withTrace(parsed.message, delivered);

	const resolved = resolveJob(scene.parts, scene.queueClass, message);
	if (resolved.refused) return refuse(resolved.refusal, resolved.job);
	const { job } = resolved;
	const carried: Carried = { job, queueClass: scene.queueClass, message, runId: runIdOf(job, message, delivered) };
	const { runId, queueClass } = carried;
	const trail = trailOf({ runId, job: job.name, queueClass }, message, delivered);
	scene.parts.telemetry.follow?.(trail);

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
		return defer(scene, carried, "not-before", admission.until, {
			generation: message.generation ?? 1,
			attempt: message.attempt ?? 1,
		});

	const expired = admission.verdict === "expired";
	const call = { sent: read.input, input: input.value, tenant: message.tenant };
	const quiet =
		expired || job.debounce === undefined ? undefined : await admitByDebounce(scene, carried, input.value, delivered);
	if (quiet?.verdict === "sent-on") return;
	const calm = quiet?.verdict === "go" ? quiet.carried : carried;
	const gaveWay = quiet?.verdict === "skip";
	const tick = !expired && !gaveWay && isTick(message) ? await holdTick(scene, calm) : undefined;
	if (tick?.kind === "held") return;
	const waited = tick?.kind === "go" ? tick.carried : calm;
	const skipped = gaveWay ? { skipped: quiet.reason } : tick?.kind === "skip" ? { skipped: tick.words } : {};
	const first =
		expired || "skipped" in skipped || job.resultCache === undefined ? undefined : await lookUp(scene, carried, call);
	// What performs nothing needs no turn and no place.
	const performs = !expired && !("skipped" in skipped) && first?.hit === undefined;
	const messageId = carrierOf(message, delivered.messageId);
	const sent = { messageId, attempt: message.attempt ?? 1 };
	const lastAttempt = sent.attempt > job.retry.retriesMax;
	const waiting = { warned: message.breaker !== undefined || sent.attempt > 1, lastAttempt };
	// A leg goes on with what has begun.
	const pass = performs && message.leg === undefined ? await scene.breaker?.pass(waiting) : undefined;
	if (pass?.go === false) return holdBack(scene, waited, pass.comeBackAt, sent);
	const probe = pass?.probe;
	const latest = quiet?.verdict === "go" && quiet.latest;
	const admitted = {
		carried: waited,
		delivered,
		trail,
		call,
		expired,
		latest,
		skipped,
		first,
		performs,
		sent,
		probe,
		refuse,
	};
	try {
		await performAdmitted(scene, admitted);
	} finally {
		probe?.end("unused");
	}
}

/** One that the producer's sender put beside the body is the message's own from its first delivery on. */
const withTrace = (message: JobMessage, { trace }: DeliveredMessage): JobMessage =>
	trace === undefined || message.trace !== undefined || message.hops !== undefined ? message : { ...message, trace };

interface Admitted {
	readonly carried: Carried;
	readonly delivered: DeliveredMessage;
	readonly trail: Trail;
	readonly call: CachedCall;
	readonly expired: boolean;
	/** Of its debounce key. */
	readonly latest: boolean;
	readonly skipped: { readonly skipped?: string };
	/** The first look into the result cache. */
	readonly first: CacheLook | undefined;
	readonly performs: boolean;
	/** The message that carries the run, and the attempt that it is for. */
	readonly sent: { readonly messageId: string; readonly attempt: number };
	readonly probe: Probe | undefined;
	readonly refuse: (refusal: Refusal, job: JobDefinition) => Promise<void>;
}

/** With its turn and its place: claim → perform → … */
async function performAdmitted(scene: Scene, admitted: Admitted): Promise<void> {
	const { carried, delivered, call, expired, latest, skipped, first, performs, sent, probe, refuse } = admitted;
	const { job, message } = carried;
	const { messageId } = sent;
	const limiter = performs ? limiterOf(job, message, call.input) : undefined;
	// Sent on, and not to its turn: a retry, or a duplicate that waited for another's lease, which needs no ticket as long as that performs.
	if (limiter !== undefined && message.ticket === undefined && sentOn(carried) && message.leg === undefined) {
		const behind = await whoPerforms(scene, carried, messageId);
		if (behind !== undefined) return deferBehind(scene, carried, behind);
	}
	// A further leg goes on with a start that was counted.
	const turn = limiter === undefined || message.leg !== undefined ? undefined : await takeTurn(scene, carried, limiter);
	// Also where its turn would come after its expiresAt: an operator may raise the limit again before.
	if (turn?.near === false) return sendToTurn(scene, carried, turn, sent);

	const entering = await enter(scene, carried, performs ? poolsOf(scene.parts.catalogue, carried, call.input) : []);
	if ("comeBackAt" in entering) return sendToLine(scene, carried, entering.comeBackAt, sent);
	const holds = entering.entered ? entering.holds : undefined;
	let leaving: Leaving = "not-claimed";
	try {
		const look =
			first?.missed === undefined || holds === undefined ? first : await lookAgain(scene, carried, call, first);
		const verdict = await claimRun(scene.parts, scene.calls.claim, {
			job,
			runId: carried.runId,
			message,
			messageId,
			firstSentAt: sentOn(carried) ? undefined : delivered.sentAt,
			queueClass: carried.queueClass,
			invocationEndsAt: scene.invocationEndsAt,
			expired,
			latest,
			...skipped,
			...("busyWith" in entering ? { skipped: alreadyRunning(entering.busyWith) } : {}),
			...(look?.hit === undefined ? {} : { cached: look.hit }),
		});
		if (verdict.kind === "claimed" || hasEnded(verdict)) leaving = "unused";
		if (verdict.kind !== "claimed") return await withoutPerforming(scene, carried, verdict, refuse);
		let { run } = verdict;
		if (isOver(scene, run)) return await letGo(scene, carried, run);
		const checkpoint = await readCheckpoint(scene, run);
		if (limiter !== undefined && (verdict.run.leg ?? 1) === 1) {
			// An attempt that was lost may have begun on the ticket that its message brought.
			let start = await awaitTurn(scene, limiter, verdict.workerLost ? undefined : turn?.ticket, turn?.lateMs);
			if (start.near && scene.parts.clock.now() - run.startedAt > unheardMsMax) {
				run = await hearOf(scene, job, run);
				// Its answer may have been long in coming, too.
				start = await awaitTurn(scene, limiter, start.ticket, turn?.lateMs);
			}
			if (!start.near) return await giveBack(scene, carried, run, start);
		}
		// The claim's answer may have been long in coming.
		if (holds === undefined || !(await holds.confirm())) return await giveUpSlot(scene, carried, verdict.run);
		const trail = trailOfLeg(scene.parts.tracing, admitted.trail, message, run);
		const claimed = { ...verdict, run, holds, look, probe, checkpoint, trail };
		await attemptRun(scene, carried, claimed, call.input, delivered.body);
	} finally {
		await holds?.leave(leaving);
	}
}

/** A claimed run that has waited longer than this for its turn asks once more before it begins. */
const unheardMsMax = 500;

/** The claim was so long on its way that the leg is over, or that another worker may take the run over, before it has begun. */
const isOver = ({ parts, legEndsAt }: Scene, { leaseUntil }: PerformingRun): boolean =>
	parts.clock.now() >= Math.min(legEndsAt, leaseUntil - LEASE_MARGIN_MS);

/**
 * No attempt is spent on it (INV-06). Another message carries it on: this one may have been handled again since, and be gone.
 * @throws MillraceError `store-failed`, `send-failed`, `blob-failed`; `fence-lost`: somebody else holds the run, and the message is kept.
 */
async function letGo(scene: Scene, carried: Carried, run: PerformingRun): Promise<void> {
	const { parts, calls } = scene;
	const unclaimed = await unclaim(scene, run);
	await sendNext(parts, calls.send, followUpsOf(carried, unclaimed, unclaimed.endedAt));
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
			parts.telemetry.emit({ event: "duplicate.acknowledged", why: "terminal", ...about });
			return;
		case "acknowledge":
			parts.telemetry.emit({ event: "duplicate.acknowledged", why: verdict.why, ...about });
			return;
		case "keep":
			throw leaseHeld(id, verdict.until);
		case "defer":
			return verdict.why === "not-before"
				? defer(scene, carried, verdict.why, verdict.until, verdict)
				: deferBehind(scene, carried, verdict);
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
