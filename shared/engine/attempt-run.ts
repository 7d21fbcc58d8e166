/** Steps 6 to 9 of a claimed run: perform → normalise outcome → settle → follow up. An attempt that lost its fence changes nothing (INV-02). */
import type { RunId } from "../kernel/ids.ts";
import { LEASE_MARGIN_MS } from "../kernel/limits.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import { type EpochMs, epochMs, plusMs } from "../kernel/time.ts";
import type { Beat, PerformingRun, SettledRun, Settlement, StoredResult } from "../ports/job-store.ts";
import type { Trail } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { isExpired } from "./admit.ts";
import type { Probe } from "./breaker/breaker.ts";
import { fillCache } from "./cache/fill-cache.ts";
import { invalidateTags } from "./cache/invalidate.ts";
import type { CacheLook, CachePlace } from "./cache/look-up.ts";
import { type Checkpoint, createCheckpoints } from "./checkpoints.ts";
import { createFollowUpCollector } from "./collect-follow-ups.ts";
import type { Holds } from "./concurrency/slot-desk.ts";
import { decideSettlement } from "./decide-settlement.ts";
import { fenceLost } from "./fence-lost.ts";
import { forgottenAt } from "./forgotten-at.ts";
import { leaseFrom, leaseIsOver } from "./heartbeat.ts";
import { birthOf, type Carried, followUpsOf } from "./next-messages.ts";
import { type AttemptOutcome, normaliseOutcome } from "./normalise-outcome.ts";
import { createOnce } from "./once.ts";
import { parseMessage } from "./parse-message.ts";
import { perform, type Stop } from "./perform.ts";
import { createProgressReporter } from "./progress-reporter.ts";
import type { Scene } from "./scene.ts";
import { sendNext } from "./send-next.ts";
import { storeResult } from "./store-result.ts";
import { emitEnded } from "./telemetry-of-run.ts";
import { tellHooks } from "./tell-hooks.ts";
import { limitsOf } from "./time-limits.ts";

interface Claimed {
	readonly run: PerformingRun;
	readonly holds: Holds;
	/** What the look into the result cache found, where there was one. */
	readonly look: CacheLook | undefined;
	/** Given to a run that tries whether its class's breaker may close. */
	readonly probe: Probe | undefined;
	/** Where it goes on. */
	readonly checkpoint: Checkpoint | undefined;
	readonly trail: Required<Trail>;
}

/** @throws MillraceError `store-failed`, `send-failed`, `blob-failed`: the message is kept. `fence-lost` keeps it too: it may carry the run for whoever holds it. */
export async function attemptRun(
	scene: Scene,
	carried: Carried,
	claimed: Claimed & { readonly workerLost: boolean },
	input: unknown,
	body: string,
): Promise<void> {
	const { parts, calls } = scene;
	const { run } = claimed;
	const about = { runId: run.id, job: run.job, attempt: run.attempts };
	parts.telemetry.follow?.(claimed.trail);
	if (claimed.workerLost) parts.telemetry.emit({ event: "worker.lost", ...about });
	const unbegun = whyUnbegun(run, carried.message, parts.clock.now());
	if (unbegun === undefined) {
		parts.telemetry.emit({
			event: "attempt.started",
			...about,
			...(run.tenant === undefined ? {} : { tenant: run.tenant }),
		});
	}

	const missed = claimed.look?.missed;
	if (missed !== undefined) parts.telemetry.emit({ event: "cache.missed", why: missed, ...about });

	const { settlement, cursor, cachePlace, began } = await calls.beforeSettle(
		async (): Promise<Settling> =>
			unbegun === undefined
				? await performToSettlement(scene, carried, claimed, input)
				: {
						settlement: { state: "REVOKED", endedAt: parts.clock.now(), reason: unbegun },
						cursor: undefined,
						began: false,
					},
	);
	const expiresAt = forgottenAt(settlement.state, lastInstant(settlement));
	const at = cursor === undefined ? {} : { cursor };
	const settled = await calls.settle({ id: run.id, fence: run.fence, settlement, expiresAt, ...at });
	if (!settled.settled) {
		parts.telemetry.emit({ event: "fence.lost", ...about });
		throw fenceLost(run, "before it settled; it changed nothing");
	}
	const { fence, leaseUntil: _, state: __, ...rest } = run;
	const record: SettledRun = { ...rest, ...at, settledBy: fence, expiresAt, ...settlement };
	emitEnded(parts.telemetry, record);
	const untouched = record.state === "SUCCESS" ? carried : { ...carried, message: readAgain(body, carried.message) };
	await sendNext(parts, calls.send, followUpsOf(untouched, record, parts.clock.now()));
	await fillCache(scene, carried, record, cachePlace);
	void claimed.holds.leave("ended");
	await tellHooks(parts, carried.message, record, began);
}

/** The implementation has had the message's own input and headers in its hands: what is sent on is what came. */
function readAgain(body: string, message: JobMessage): JobMessage {
	const parsed = parseMessage(body);
	if (parsed.refused) return message;
	// It may have come beside the body.
	return message.trace === undefined ? parsed.message : { ...parsed.message, trace: message.trace };
}

/** What the row must outlive: for a retry, the wait for its next attempt too. */
const lastInstant = (settlement: Settlement): EpochMs =>
	settlement.state === "RETRY" ? epochMs(Math.max(settlement.endedAt, settlement.nextAttemptAt)) : settlement.endedAt;

/**
 * INV-12: its last attempt had been told to stop, and failed instead; this one does not begin. Nor does one whose time has come to an end since it was
 * admitted, while it waited for its turn and for slow answers; but a further leg, whoever carries it, is of an attempt that has begun.
 */
const whyUnbegun = ({ revoke, leg }: PerformingRun, message: JobMessage, now: EpochMs): string | undefined =>
	revoke ?? (leg === undefined && isExpired(message, now) ? "expired" : undefined);

interface Settling {
	readonly settlement: Settlement;
	/** The checkpoint that the next leg or attempt goes on from, where this one made one. */
	readonly cursor: StoredResult | undefined;
	/** Where the result may be cached. */
	readonly cachePlace?: CachePlace | undefined;
	/** Whether anything of it was called, a hook or the implementation. */
	readonly began: boolean;
}

async function performToSettlement(
	scene: Scene,
	carried: Carried,
	{ run, holds, look, probe, checkpoint, trail }: Claimed,
	input: unknown,
): Promise<Settling> {
	const { parts, calls } = scene;
	const { job, message } = carried;
	const now = parts.clock.now();
	const implementation = scene.gathering.implementationOf(job);
	if (implementation === undefined) throw new Error(`No implementation of ${job.name}`);

	// What it goes on from was computed when the place in it was taken.
	let cachePlace = checkpoint === undefined ? look?.place : checkpoint.cachePlace;
	let stop: ((why: Stop, reason: string) => void) | undefined;
	/** As it was last extended. */
	let { leaseUntil: heldUntil } = run;
	const isOver = (): boolean => leaseIsOver(parts.clock.now(), heldUntil);
	const about = { runId: run.id, job: run.job };
	async function beat(more: Pick<Beat, "progress" | "cursor">): Promise<void> {
		const leaseUntil = leaseFrom(parts.clock.now(), scene.invocationEndsAt, job);
		const result = await calls.beat({ id: run.id, fence: run.fence, leaseUntil, ...more });
		if (!result.held)
			return stop?.("fence-lost", `Another worker holds ${run.id}; nothing this attempt does is recorded.`);
		heldUntil = leaseUntil;
		if (result.revoke !== undefined) stop?.("revoked", result.revoke);
	}
	/** None of these is worth an attempt: the last checkpoint goes with the settle. */
	const tryToBeat = (more: Pick<Beat, "progress" | "cursor">): Promise<void> =>
		beat(more).catch((error: Error) => parts.telemetry.emit({ event: "beat.failed", ...about, why: error.message }));
	const reporter = createProgressReporter(parts.clock, (progress) => tryToBeat({ progress }));
	const limits = limitsOf(job, run.startedAt, { now, endsAt: scene.legEndsAt });
	const checkpoints = createCheckpoints({
		job,
		clock: parts.clock,
		blobs: parts.blobs,
		shortFrom: limits.shortFrom,
		write: (cursor) => tryToBeat({ cursor }),
		collected: () => followUps.collected(),
		cachePlace: () => cachePlace,
	});
	const followUps = createFollowUpCollector({
		catalogue: parts.catalogue,
		job,
		runId: run.id,
		generation: run.generation,
		tenant: message.tenant,
		trace: () => trail.span().traceparent,
		now: parts.clock.now,
		resumed: checkpoint?.followUps ?? [],
	});
	const leave = scene.heartbeat.join(() => tryToBeat({}));
	const slotLost = (): void =>
		stop?.(
			"slot-lost",
			`Run ${run.id} could not keep its place under its concurrency limit; another run may perform in it.`,
		);
	holds.listen(slotLost);
	const performed = await perform(parts, {
		job,
		implementation,
		input,
		message,
		run,
		trail,
		cursor: checkpoint?.cursor,
		limits,
		legOver: scene.legOver,
		reporter,
		checkpoints,
		followUps,
		scope: scopeOf(run.id, message, input),
		once: createOnce({
			effects: parts.effects,
			clock: parts.clock,
			scope: scopeOf(run.id, message, input),
			createdAt: run.createdAt,
			born: birthOf(message, run),
			first: run.attempts === 1 && run.generation === 1 && run.leg === undefined,
			// It may be of before an invalidation.
			recalled: () => {
				cachePlace = undefined;
			},
			noteFailed: (why) => parts.telemetry.emit({ event: "effect.failed", ...about, why }),
		}),
		invalidateCache: (tags) => invalidateTags(parts, tags),
		listen: (tell) => {
			stop = tell;
		},
		lease: {
			isOver,
			async renew() {
				await beat({});
				if (!(await holds.confirm())) slotLost();
				// The invocation ends, or the answer was long in coming.
				if (isOver()) stop?.("fence-lost", `The lease of ${run.id} ended before this attempt had begun.`);
			},
		},
	}).finally(leave);
	reporter.stop();
	const stillRunning = "stillRunning" in performed && performed.stillRunning === true;
	// Whether its outcome can be settled or not, it performs no longer; the settle is waited for by nobody else, but for a result that others
	// may be given who wait for its slot.
	const mayBeGiven = cachePlace !== undefined && performed.how === "returned";
	if (!mayBeGiven)
		void holds.leave(stillRunning ? "still-running" : performed.how === "next-leg" ? "next-leg" : "ended");
	const outcome = normaliseOutcome(job, performed);
	scene.breaker?.note(outcome, probe);
	const { result, collected } = await storeSuccess(scene, outcome, followUps.collected());
	const settlement = decideSettlement(outcome, {
		job,
		attempt: run.attempts,
		leg: run.leg ?? 1,
		endedAt: parts.clock.now(),
		stillRunningUntil: stillRunning ? plusMs(scene.invocationEndsAt, LEASE_MARGIN_MS) : undefined,
		unit: parts.random.unit(),
		result,
		followUps: collected,
		progress: reporter.latest(),
	});
	const goesOn = settlement.state === "LEG" || settlement.state === "RETRY";
	return {
		settlement,
		cursor: goesOn ? await checkpoints.latest() : undefined,
		cachePlace,
		began: performed.how !== "too-late",
	};
}

/** Puts what a success leaves in the bucket before the row points at it. */
async function storeSuccess(
	scene: Scene,
	outcome: AttemptOutcome,
	follow: ReturnType<ReturnType<typeof createFollowUpCollector>["collected"]>,
) {
	if (outcome.kind !== "success") return { result: { kind: "inline", json: "null" } as const, collected: [] };
	const { blobs } = scene.parts;
	await Promise.all(follow.blobs.map(({ key, text }) => blobs.put(key, text)));
	return { result: await storeResult(blobs, outcome.resultJson), collected: follow.followUps };
}

/** What the run does: the same over all attempts and redrives, and something else once an operator has given it another input. */
const scopeOf = (id: RunId, { originalInput }: JobMessage, input: unknown): string =>
	originalInput === undefined ? id : `${id}.${sha256Hex(JSON.stringify(input)).slice(0, 16)}`;
