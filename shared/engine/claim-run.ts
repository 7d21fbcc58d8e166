/** Step 5: takes the run for one attempt, or learns why not. At most a few rounds: each lost race means that somebody else made progress. */
import type { JobDefinition } from "../job/define-job.ts";
import { MillraceError } from "../kernel/errors.ts";
import { fence, type RunId } from "../kernel/ids.ts";
import { type EpochMs, epochMs, parseIso, plusMs, toIso } from "../kernel/time.ts";
import type { Claim, ClaimExpectation, ClaimResult, PerformingRun, RunRecord, SettledRun } from "../ports/job-store.ts";
import type { CacheEntry } from "../ports/result-cache.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { isTerminal } from "../wire/run-states.ts";
import { withNobody } from "./carrier-of.ts";
import { isRetryable } from "./classify-error.ts";
import { type BlockedClaim, decideOnBlocker, EARLY_MS_MAX } from "./decide-claim.ts";
import { forgottenAt } from "./forgotten-at.ts";
import { leaseFrom } from "./heartbeat.ts";
import type { WorkerParts } from "./worker-parts.ts";

export interface ClaimRequest {
	readonly job: JobDefinition;
	readonly runId: RunId;
	readonly message: JobMessage;
	readonly messageId: string;
	/** See decide-claim.ts. */
	readonly latest?: boolean;
	/** Through which the message came, and those that follow will go. */
	readonly queueClass: string;
	/** When Lambda would stop the function: nothing of this attempt runs after it. */
	readonly invocationEndsAt: EpochMs;
	/** When an attempt that has its turn under a rate limit will begin: it waits for that moment claimed. */
	readonly startsAt?: EpochMs | undefined;
	/** The message's `expiresAt` is past: the run ends REVOKED instead of being performed. */
	readonly expired: boolean;
	/** Why the run ends SKIPPED instead of being performed. */
	readonly skipped?: string | undefined;
	/** The earlier result that the run ends with instead of being performed. */
	readonly cached?: Pick<CacheEntry, "from" | "result"> | undefined;
}

export type ClaimVerdict =
	| { readonly kind: "claimed"; readonly run: PerformingRun; readonly workerLost: boolean }
	/** The run ended here without being performed, or had ended and this message carries it: send what follows. */
	| {
			readonly kind: "ended";
			readonly record: SettledRun;
			readonly byThisMessage: boolean;
			readonly asStranger?: boolean;
	  }
	/**
	 * It was to end without being performed, and has begun: it is to be performed to its end. Between two legs it goes on `with` the next, as that
	 * one's own message says it.
	 */
	| { readonly kind: "has-begun"; readonly with: Pick<JobMessage, "generation" | "attempt" | "leg"> }
	| Extract<BlockedClaim, { kind: "keep" | "defer" | "ahead" | "acknowledge" | "conflict" }>;

/** Nobody goes on with the run. */
export const hasEnded = (verdict: ClaimVerdict): boolean =>
	(verdict.kind === "ended" && isTerminal(verdict.record.state)) ||
	(verdict.kind === "acknowledge" && verdict.why === "terminal");

const roundsMax = 5;

/** @throws MillraceError `store-failed` */
export async function claimRun(
	parts: Pick<WorkerParts, "catalogue" | "clock" | "random">,
	claim: (claim: Claim) => Promise<ClaimResult>,
	request: ClaimRequest,
): Promise<ClaimVerdict> {
	const { job, message } = request;
	const generation = message.generation ?? 1;
	const attempt = message.attempt ?? 1;
	const leg = message.leg?.number ?? 1;
	const asSent: Place = { generation, attempts: attempt, ...legOf(message) };
	let expect = expectationOf(generation, attempt, leg, plusMs(parts.clock.now(), EARLY_MS_MAX));
	let wanted: RunRecord = newRecord(parts, request, asSent);
	let workerLost = false;

	for (let round = 0; round < roundsMax; round++) {
		const result = await claim({ record: wanted, expect });
		if (result.claimed) return verdictOf(result.record, workerLost);
		if (result.blocker === undefined) {
			// A retry message outlived its run's record, or the row vanished between two looks: the run starts at this attempt. With its first
			// leg, since nothing waits for another one: a start that counts towards its limits.
			expect = { kind: "absent" };
			wanted = newRecord(parts, request, { generation, attempts: attempt });
			workerLost = false;
			continue;
		}
		const blocked = decideOnBlocker(
			result.blocker,
			{
				job: job.name,
				aliases: job.aliases,
				isKnown: (name) => parts.catalogue.findJob(name) !== undefined,
				generation,
				attempt,
				leg,
				messageId: request.messageId,
				...(message.sentAt === undefined ? {} : { firstSentAt: epochMs(message.sentAt) }),
				...(request.latest === true ? { latest: true } : {}),
			},
			parts.clock.now(),
			{ retriesMax: job.retry.retriesMax, retriesLostWorkers: isRetryable({ errorClass: "worker-lost" }, job.retry) },
		);
		switch (blocked.kind) {
			case "take": {
				const place = blocked.newGeneration
					? { generation: Math.max(generation, blocked.over.generation + 1), attempts: 1 }
					: placeAfter(blocked.over);
				if (request.cached !== undefined && (attemptsBegun(place) > 0 || wasFound(blocked.over)))
					return { kind: "has-begun", with: nextLegOf(place) };
				// A copy that comes late says nothing of a leg that goes on; the next attempt would be a beginning.
				if ((request.expired || request.skipped !== undefined) && place.leg !== undefined)
					return { kind: "has-begun", with: nextLegOf(place) };
				expect = { kind: "seen", record: blocked.over };
				wanted = newRecord(parts, request, place);
				workerLost = blocked.workerLost;
				break;
			}
			case "end-lost":
				expect = { kind: "seen", record: blocked.over };
				wanted = lostRecord(parts, request, blocked.over);
				break;
			case "end-revoked":
				expect = { kind: "seen", record: blocked.over };
				wanted = revokedRecord(parts, request, blocked.over, blocked.reason);
				break;
			case "repeat-follow-ups":
				return { kind: "ended", record: blocked.record, byThisMessage: false, asStranger: blocked.asStranger };
			default:
				return blocked;
		}
	}
	throw new MillraceError(
		"store-failed",
		`Run ${request.runId} changed ${roundsMax} times while it was being claimed; the message is kept and tried again.`,
	);
}

/** Says in the row that nobody carries it any more: what it owes was sent by a message that did not bring it about. @throws MillraceError `store-failed` */
export async function nobodyCarries(claim: (claim: Claim) => Promise<ClaimResult>, record: SettledRun): Promise<void> {
	// Refused: it was taken on meanwhile.
	await claim({ record: withNobody(record), expect: { kind: "seen", record } });
}

function verdictOf(record: RunRecord, workerLost: boolean): ClaimVerdict {
	return record.state === "STARTED" || record.state === "PROGRESS"
		? { kind: "claimed", run: record, workerLost }
		: { kind: "ended", record, byThisMessage: true };
}

/** A further leg is of an attempt that has begun. */
const attemptsBegun = ({ attempts, leg = 1 }: Place): number => (leg > 1 ? attempts : attempts - 1);

/** The sweeper has ended it amid its attempts, and its message turns up: it goes on, if as a new generation. */
const wasFound = (row: RunRecord): boolean => row.state === "SKIPPED" && row.found !== undefined && row.attempts > 0;

/** Where in a run's life an attempt or a leg stands, and what it brings along. */
type Place = Pick<RunRecord, "generation" | "attempts" | "leg" | "cursor" | "revoke"> & {
	readonly startedAt?: EpochMs;
};

function expectationOf(generation: number, attempt: number, leg: number, dueBy: EpochMs): ClaimExpectation {
	if (leg > 1) return { kind: "leg", generation, attempts: attempt, leg };
	return attempt === 1 ? { kind: "absent" } : { kind: "retry", generation, attempts: attempt - 1, dueBy };
}

function nextLegOf({ generation, attempts: attempt, leg: number, startedAt }: Place) {
	return number === undefined || startedAt === undefined
		? {}
		: { generation, attempt, leg: { number, startedAt: toIso(startedAt) } };
}

function legOf({ leg }: JobMessage): Pick<Place, "leg" | "startedAt"> {
	if (leg === undefined) return {};
	const startedAt = parseIso(leg.startedAt);
	return { leg: leg.number, ...(startedAt === undefined ? {} : { startedAt }) };
}

/**
 * What follows in the same generation: the next leg of an attempt between two, the same attempt if it was given back before it began, else
 * the next attempt. All go on from the checkpoint.
 */
function placeAfter(over: RunRecord): Place {
	const { generation, attempts, cursor, revoke } = over;
	const brought = { ...(cursor === undefined ? {} : { cursor }), ...(revoke === undefined ? {} : { revoke }) };
	if (over.state === "LEG" && over.nextLeg === 1) return { generation, attempts, ...brought };
	return over.state === "LEG"
		? { generation, attempts, leg: over.nextLeg, startedAt: over.startedAt, ...brought }
		: { generation, attempts: attempts + 1, ...brought };
}

function baseRecord(request: ClaimRequest, now: EpochMs, state: RunRecord["state"], place: Place) {
	const { job, message } = request;
	const { startedAt = now, ...rest } = place;
	return {
		id: request.runId,
		job: job.name,
		...rest,
		carrier: request.messageId,
		retriesMax: job.retry.retriesMax,
		...(request.queueClass === job.queueClass.name ? {} : { queueClass: request.queueClass }),
		...(message.tenant === undefined ? {} : { tenant: message.tenant }),
		createdAt: now,
		// A message says it, which may be anybody's: nobody gets more time than from now on.
		startedAt: epochMs(Math.min(startedAt, now)),
		expiresAt: forgottenAt(state, now),
	};
}

/** The next attempt; or, for a message that expired, is skipped or has an earlier result, the end of the run, with no attempt counted. */
function newRecord(parts: Pick<WorkerParts, "clock" | "random">, request: ClaimRequest, place: Place): RunRecord {
	const now = parts.clock.now();
	const token = fence(parts.random.token());
	const end = endOf(request, place);
	if (end !== undefined) {
		const base = baseRecord(request, now, end.state, { ...place, attempts: attemptsBegun(place) });
		return { ...base, settledBy: token, endedAt: now, ...end };
	}
	const leaseUntil = leaseFrom(now, request.invocationEndsAt, request.job);
	const base = baseRecord(request, now, "STARTED", place);
	const startedAt = place.startedAt === undefined ? epochMs(Math.max(request.startsAt ?? now, now)) : base.startedAt;
	return { ...base, startedAt, state: "STARTED", fence: token, leaseUntil };
}

/** How a run ends that is not performed; `undefined` for one that is. */
function endOf({ expired, skipped, cached }: ClaimRequest, { revoke }: Place) {
	if (expired) return { state: "REVOKED", reason: "expired" } as const;
	if (skipped !== undefined) return { state: "SKIPPED", reason: skipped } as const;
	if (cached === undefined) return undefined;
	// It had begun, and was told to stop before this message came to begin it again.
	if (revoke !== undefined) return { state: "REVOKED", reason: revoke } as const;
	return { state: "SUCCESS", result: cached.result, followUps: [], cachedFrom: cached.from } as const;
}

function lostRecord(
	parts: Pick<WorkerParts, "clock" | "random">,
	request: ClaimRequest,
	lost: PerformingRun,
): RunRecord {
	const now = parts.clock.now();
	return {
		...baseRecord(request, now, "FAILURE", placeOf(lost)),
		state: "FAILURE",
		settledBy: fence(parts.random.token()),
		endedAt: now,
		reason: "worker-lost",
		error: {
			excType: "WorkerLostError",
			excMessage: `The worker that performed attempt ${lost.attempts} ended without settling it, and the policy allows no further attempt.`,
			errorClass: "worker-lost",
		},
	};
}

function revokedRecord(
	parts: Pick<WorkerParts, "clock" | "random">,
	request: ClaimRequest,
	lost: PerformingRun,
	reason: string,
): RunRecord {
	const now = parts.clock.now();
	const settledBy = fence(parts.random.token());
	return { ...baseRecord(request, now, "REVOKED", placeOf(lost)), state: "REVOKED", settledBy, endedAt: now, reason };
}

/** Where the run ends when the attempt that performed it was lost. */
function placeOf({ generation, attempts, leg, startedAt }: PerformingRun): Place {
	return { generation, attempts, startedAt, ...(leg === undefined ? {} : { leg }) };
}
