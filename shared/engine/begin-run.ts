/** Step 5, its second half, and 6: an admitted run gets what it needs to perform (its turn, its place) and is claimed; or there is nothing to perform. */
import type { JobDefinition } from "../job/define-job.ts";
import { type EpochMs, epochMs } from "../kernel/time.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import type { Trail } from "../ports/telemetry.ts";
import { attemptRun } from "./attempt-run.ts";
import type { Probe } from "./breaker/breaker.ts";
import { holdBack } from "./breaker/hold-back.ts";
import type { CachedCall } from "./cache/cache-keys.ts";
import { type CacheLook, lookAgain, lookUp } from "./cache/look-up.ts";
import { carrierOf } from "./carrier-of.ts";
import { type ClaimRequest, type ClaimVerdict, claimRun, hasEnded } from "./claim-run.ts";
import { alreadyRunning, enter, giveUpSlot, sendToLine } from "./concurrency/enter.ts";
import type { Leaving } from "./concurrency/entry.ts";
import { poolsOf } from "./concurrency/pools-of.ts";
import type { Holds } from "./concurrency/slot-desk.ts";
import { deferBehind, sentOn, whoPerforms } from "./defer.ts";
import { hearOf } from "./hear-of.ts";
import { leaseIsOver } from "./heartbeat.ts";
import { type Carried, followUpsOf } from "./next-messages.ts";
import type { Refusal } from "./parse-message.ts";
import { awaitTurn, giveBack, sendToTurn, startOfTurn, type Turn, takeTurn } from "./rate/admit-by-rate.ts";
import { limiterOf } from "./rate/limiter-of.ts";
import { readCheckpoint } from "./read-checkpoint.ts";
import type { Scene } from "./scene.ts";
import { forgetAdmitted, noteAdmitted } from "./schedules/admitted-ticks.ts";
import { sendNext } from "./send-next.ts";
import { trailOfLeg } from "./trail.ts";
import { unclaim } from "./unclaim.ts";
import { withoutPerforming } from "./without-performing.ts";
import type { DeliveredMessage } from "./worker-parts.ts";

export interface Admitted {
	readonly carried: Carried;
	readonly delivered: DeliveredMessage;
	readonly trail: Trail;
	readonly call: CachedCall;
	readonly expired: boolean;
	/** Of its debounce key. */
	readonly latest: boolean;
	/** Why it ends SKIPPED. */
	readonly skipped?: string | undefined;
	readonly refuse: (refusal: Refusal, job: JobDefinition) => Promise<void>;
}

/** On its way to its claim. */
interface Approaching extends Admitted {
	/** The message that carries the run, and the attempt that it is for. */
	readonly sent: { readonly messageId: string; readonly attempt: number };
	/** The first look into the result cache. */
	readonly first: CacheLook | undefined;
	/** What performs nothing needs no turn and no place. */
	readonly performs: boolean;
	readonly probe: Probe | undefined;
}

/**
 * @param mayBeGiven whether an earlier result may end it.
 * @throws MillraceError `store-failed`, `send-failed`, `blob-failed`, `fence-lost`, `lease-held`: the message is kept and its redelivery repeats what is missing.
 */
export async function beginRun(scene: Scene, admitted: Admitted, mayBeGiven = true): Promise<void> {
	const { carried, call } = admitted;
	const { job, message } = carried;
	const ends = admitted.expired || admitted.skipped !== undefined;
	const first = ends || job.resultCache === undefined ? undefined : await lookUp(scene, carried, call, mayBeGiven);
	const performs = !ends && first?.hit === undefined;
	const attempt = message.attempt ?? 1;
	const sent = { messageId: carrierOf(message, admitted.delivered.messageId), attempt };
	const waiting = { warned: message.breaker !== undefined || attempt > 1, lastAttempt: attempt > job.retry.retriesMax };
	// A leg goes on with what has begun.
	const pass = performs && message.leg === undefined ? await scene.breaker?.pass(waiting) : undefined;
	if (pass?.go === false) {
		await noteAdmitted(scene, carried);
		return holdBack(scene, carried, pass.comeBackAt, sent);
	}
	const probe = pass?.probe;
	try {
		await takeTurnAndPlace(scene, { ...admitted, sent, first, performs, probe });
	} finally {
		probe?.end("unused");
	}
}

async function takeTurnAndPlace(scene: Scene, run: Approaching): Promise<void> {
	const { carried, call, sent, first, performs } = run;
	const { job, message } = carried;
	const limits = {
		limiter: limiterOf(job, message, call.input),
		pools: poolsOf(scene.parts.catalogue, carried, call.input),
	};
	const mayWait = limits.limiter !== undefined || limits.pools.length > 0;
	const { limiter, pools } = performs ? limits : { limiter: undefined, pools: [] };
	if (performs && mayWait) await noteAdmitted(scene, carried);
	// A further leg goes on with a start that was counted.
	const needsTurn = limiter !== undefined && message.leg === undefined;
	// Sent on, and not to its turn: a retry, or a duplicate that waited for another's lease, which needs no ticket as long as that performs.
	if (needsTurn && message.ticket === undefined && sentOn(carried)) {
		const behind = await whoPerforms(scene, carried, sent.messageId);
		if (behind !== undefined) return deferBehind(scene, carried, behind);
	}
	const turn = needsTurn ? await takeTurn(scene, carried, limiter) : undefined;
	// Also where its turn would come after its expiresAt: an operator may raise the limit again before.
	if (turn?.near === false) return sendToTurn(scene, carried, turn, sent);

	const entering = await enter(scene, carried, pools);
	if ("comeBackAt" in entering) return sendToLine(scene, carried, entering.comeBackAt, sent);
	const holds = entering.entered ? entering.holds : undefined;
	let leaving: Leaving = "not-claimed";
	let verdict: ClaimVerdict;
	try {
		const look =
			first?.missed === undefined || holds === undefined ? first : await lookAgain(scene, carried, call, first);
		const skipped = "busyWith" in entering ? alreadyRunning(entering.busyWith) : run.skipped;
		const askedAt = scene.parts.clock.now();
		const startsAt = turn === undefined ? undefined : startOfTurn(scene, turn);
		verdict = await claim(scene, run, { skipped, cached: look?.hit, startsAt });
		await forgetAdmitted(scene, carried, mayWait);
		if (verdict.kind === "claimed" || hasEnded(verdict)) leaving = "unused";
		if (verdict.kind === "claimed")
			return await performClaimed(scene, run, verdict, { askedAt, limiter, turn, holds, look });
		if (verdict.kind !== "has-begun") return await withoutPerforming(scene, carried, verdict, run.refuse);
	} finally {
		await holds?.leave(leaving);
	}
	// It was not to perform, and so has no place. A turn it may have taken, before it was told to be skipped, is nobody's now.
	run.probe?.end("unused");
	const goingOn = { ...carried, message: { ...message, ...verdict.with } };
	return beginRun(scene, { ...run, carried: goingOn, expired: false, skipped: undefined }, false);
}

const claim = (
	{ parts, calls, invocationEndsAt }: Scene,
	{ carried, sent, expired, latest }: Approaching,
	how: Pick<ClaimRequest, "skipped" | "cached" | "startsAt">,
): Promise<ClaimVerdict> =>
	claimRun(parts, calls.claim, {
		...carried,
		...how,
		messageId: sent.messageId,
		invocationEndsAt,
		expired,
		latest,
	});

/** What it has got to perform with. */
interface Taken {
	/** When its claim was asked for. */
	readonly askedAt: EpochMs;
	readonly limiter: ReturnType<typeof limiterOf>;
	readonly turn: Turn | undefined;
	readonly holds: Holds | undefined;
	readonly look: CacheLook | undefined;
}

/** A claimed run that has waited longer than this for its turn asks once more before it begins. */
const unheardMsMax = 500;

async function performClaimed(
	scene: Scene,
	{ carried, delivered, trail, call, probe }: Approaching,
	{ workerLost, run: claimed }: Extract<ClaimVerdict, { kind: "claimed" }>,
	{ askedAt, limiter, turn, holds, look }: Taken,
): Promise<void> {
	let run = claimed;
	if (isOver(scene, run)) return letGo(scene, carried, run);
	const checkpoint = await readCheckpoint(scene, run);
	if (limiter !== undefined && (run.leg ?? 1) === 1) {
		// An attempt that was lost may have begun on the ticket that its message brought.
		let start = await awaitTurn(scene, limiter, workerLost ? undefined : turn?.ticket, turn?.lateMs);
		if (start.near && scene.parts.clock.now() - askedAt > unheardMsMax) {
			run = await hearOf(scene, carried.job, run);
			// Its answer may have been long in coming, too.
			start = await awaitTurn(scene, limiter, start.ticket, turn?.lateMs);
		}
		if (!start.near) return giveBack(scene, carried, run, start);
		// The turn that its row tells of may have gone by: its time begins now.
		run = { ...run, startedAt: epochMs(Math.max(run.startedAt, scene.parts.clock.now())) };
	}
	// The claim's answer may have been long in coming.
	if (holds === undefined || !(await holds.confirm())) return giveUpSlot(scene, carried, run);
	const trailOfThis = trailOfLeg(scene.parts.tracing, trail, carried.message, run);
	const attempt = { workerLost, run, holds, look, probe, checkpoint, trail: trailOfThis };
	await attemptRun(scene, carried, attempt, call.input, delivered.body);
}

/** The claim was so long on its way that the leg is over, or that another worker may take the run over, before it has begun. */
const isOver = ({ parts, legEndsAt }: Scene, { leaseUntil }: PerformingRun): boolean =>
	parts.clock.now() >= legEndsAt || leaseIsOver(parts.clock.now(), leaseUntil);

/**
 * No attempt is spent on it (INV-06). Another message carries it on: this one may have been handled again since, and be gone.
 * @throws MillraceError `store-failed`, `send-failed`, `blob-failed`; `fence-lost`: somebody else holds the run, and the message is kept.
 */
async function letGo(scene: Scene, carried: Carried, run: PerformingRun): Promise<void> {
	const { parts, calls } = scene;
	const unclaimed = await unclaim(scene, run);
	await sendNext(parts, calls.send, followUpsOf(carried, unclaimed, unclaimed.endedAt));
}
