/** Step 5: takes the run for one attempt, or learns why not. At most a few rounds: each lost race means that somebody else made progress. */
import type { JobDefinition } from "../job/define-job.ts";
import { MillraceError } from "../kernel/errors.ts";
import { fence, type RunId } from "../kernel/ids.ts";
import { LEASE_MARGIN_MS, RUN_RETENTION_SECONDS } from "../kernel/limits.ts";
import { type EpochMs, plusMs, plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import type { Claim, ClaimExpectation, ClaimResult, PerformingRun, RunRecord, SettledRun } from "../ports/job-store.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { isRetryable } from "./classify-error.ts";
import { type BlockedClaim, decideOnBlocker } from "./decide-claim.ts";
import type { WorkerParts } from "./worker-parts.ts";

export interface ClaimRequest {
	readonly job: JobDefinition;
	readonly runId: RunId;
	readonly message: JobMessage;
	readonly messageId: string;
	/** When Lambda would stop the function: nothing of this attempt runs after it. */
	readonly invocationEndsAt: EpochMs;
	/** The message's `expiresAt` is past: the run ends REVOKED instead of being performed. */
	readonly expired: boolean;
}

export type ClaimVerdict =
	| { readonly kind: "claimed"; readonly run: PerformingRun; readonly workerLost: boolean }
	/** The run ended here without being performed, or had ended and this message carries it: send what follows. */
	| { readonly kind: "ended"; readonly record: SettledRun; readonly byThisMessage: boolean }
	| Extract<BlockedClaim, { kind: "keep" | "defer" | "acknowledge" | "conflict" }>;

const roundsMax = 5;

/** @throws MillraceError `store-failed` */
export async function claimRun(
	parts: Pick<WorkerParts, "clock" | "random">,
	claim: (claim: Claim) => Promise<ClaimResult>,
	request: ClaimRequest,
): Promise<ClaimVerdict> {
	const { job, message } = request;
	const generation = message.generation ?? 1;
	const attempt = message.attempt ?? 1;
	let expect: ClaimExpectation =
		attempt === 1 ? { kind: "absent" } : { kind: "retry", generation, attempts: attempt - 1 };
	let wanted: RunRecord = newRecord(parts, request, { generation, attempts: attempt });
	let workerLost = false;

	for (let round = 0; round < roundsMax; round++) {
		const result = await claim({ record: wanted, expect });
		if (result.claimed) return verdictOf(result.record, workerLost);
		if (result.blocker === undefined) {
			// A retry message outlived its run's record, or the row vanished between two looks: the run starts at this attempt.
			expect = { kind: "absent" };
			wanted = newRecord(parts, request, { generation, attempts: attempt });
			workerLost = false;
			continue;
		}
		const blocked = decideOnBlocker(
			result.blocker,
			{ job: job.name, aliases: job.aliases, generation, attempt, messageId: request.messageId },
			parts.clock.now(),
			{ retriesMax: job.retry.retriesMax, retriesLostWorkers: isRetryable({ errorClass: "worker-lost" }, job.retry) },
		);
		switch (blocked.kind) {
			case "take":
				expect = { kind: "seen", record: blocked.over };
				wanted = newRecord(
					parts,
					request,
					blocked.newGeneration
						? { generation, attempts: 1 }
						: { generation: blocked.over.generation, attempts: blocked.over.attempts + 1 },
				);
				workerLost = blocked.workerLost;
				break;
			case "end-lost":
				expect = { kind: "seen", record: blocked.over };
				wanted = lostRecord(parts, request, blocked.over);
				break;
			case "repeat-follow-ups":
				return { kind: "ended", record: blocked.record, byThisMessage: false };
			default:
				return blocked;
		}
	}
	throw new MillraceError(
		"store-failed",
		`Run ${request.runId} changed ${roundsMax} times while it was being claimed; the message is kept and tried again.`,
	);
}

function verdictOf(record: RunRecord, workerLost: boolean): ClaimVerdict {
	return record.state === "STARTED" || record.state === "PROGRESS"
		? { kind: "claimed", run: record, workerLost }
		: { kind: "ended", record, byThisMessage: true };
}

type Place = Pick<RunRecord, "generation" | "attempts">;

function baseRecord(request: ClaimRequest, now: EpochMs, place: Place) {
	const { job, message } = request;
	return {
		id: request.runId,
		job: job.name,
		generation: place.generation,
		attempts: place.attempts,
		carrier: request.messageId,
		retriesMax: job.retry.retriesMax,
		...(message.tenant === undefined ? {} : { tenant: message.tenant }),
		createdAt: now,
		startedAt: now,
		expiresAt: toEpochSeconds(plusSeconds(now, RUN_RETENTION_SECONDS)),
	};
}

/** The next attempt; or, for an expired message, the end of the run, with no attempt counted. */
function newRecord(parts: Pick<WorkerParts, "clock" | "random">, request: ClaimRequest, place: Place): RunRecord {
	const now = parts.clock.now();
	const token = fence(parts.random.token());
	if (request.expired) {
		const base = baseRecord(request, now, { generation: place.generation, attempts: place.attempts - 1 });
		return { ...base, state: "REVOKED", settledBy: token, endedAt: now, reason: "expired" };
	}
	const leaseUntil = plusMs(request.invocationEndsAt, LEASE_MARGIN_MS);
	return { ...baseRecord(request, now, place), state: "STARTED", fence: token, leaseUntil };
}

function lostRecord(
	parts: Pick<WorkerParts, "clock" | "random">,
	request: ClaimRequest,
	lost: PerformingRun,
): RunRecord {
	const now = parts.clock.now();
	return {
		...baseRecord(request, now, lost),
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
