/** What the job-store suite writes: claims and settles of runs on 2026-11-20, nine o'clock UTC. */
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { type EpochMs, epochMs, epochSeconds } from "../../../shared/kernel/time.ts";
import type {
	Claim,
	ClaimResult,
	FailedWrite,
	JobStore,
	PerformingRun,
	RunRecord,
	Settle,
	Settlement,
	SettleResult,
} from "../../../shared/ports/job-store.ts";

/** 2026-11-20T09:00:00.000Z */
export const nine = epochMs(1_795_165_200_000);
export const later = (durationMs: number): EpochMs => epochMs(nine + durationMs);
export const hourMs = 3_600_000;
/** 2026-11-21T09:00:00Z */
export const tomorrow = epochSeconds(1_795_251_600);

/** A first attempt, begun at nine, leased for a minute, kept until tomorrow at nine. */
export const attempt = (id: string, more: Partial<PerformingRun> = {}): PerformingRun => ({
	id: runId(id),
	job: "send_invoice",
	generation: 1,
	attempts: 1,
	carrier: `message-of-${id}`,
	retriesMax: 3,
	createdAt: nine,
	startedAt: nine,
	expiresAt: tomorrow,
	state: "STARTED",
	fence: fence(`fence-of-${id}`),
	leaseUntil: later(60_000),
	...(more as object),
});

export const firstClaim = (id: string, more: Partial<PerformingRun> = {}): Claim => ({
	record: attempt(id, more),
	expect: { kind: "absent" },
});

export const settleOf = (run: PerformingRun, settlement: Settlement): Settle => ({
	id: run.id,
	fence: run.fence,
	settlement,
	expiresAt: tomorrow,
});

export const success = (json: string): Settlement => ({
	state: "SUCCESS",
	endedAt: later(1_500),
	result: { kind: "inline", json },
	followUps: [],
});

export const retry: Settlement = {
	state: "RETRY",
	endedAt: later(1_500),
	nextAttemptAt: later(61_500),
	error: { excType: "DatabaseError", excMessage: "Connection timeout", errorClass: "database", traceback: "at query" },
};

export const failure: Settlement = {
	state: "FAILURE",
	endedAt: later(1_500),
	reason: "invalid-input",
	error: { excType: "ValidationError", excMessage: "pipeline_id is missing", errorClass: "validation" },
};

type One<Result> = Result | FailedWrite;

function theOnly<Result extends object>(results: readonly One<Result>[]): Result {
	const [result] = results;
	if (result === undefined || results.length !== 1) throw new Error(`One result was expected, not ${results.length}.`);
	if ("failed" in result) throw result.failed;
	return result;
}

export const claim = async (store: JobStore, wanted: Claim): Promise<ClaimResult> =>
	theOnly(await store.claimMany([wanted]));

export const settle = async (store: JobStore, wanted: Settle): Promise<SettleResult> =>
	theOnly(await store.settleMany([wanted]));

export async function read(store: JobStore, id: string): Promise<RunRecord | undefined> {
	const [record] = await store.getMany([runId(id)]);
	return record;
}

/** Claims `id` for the first time and settles it. What then stands in the store. */
export async function settledRun(store: JobStore, id: string, settlement: Settlement): Promise<RunRecord> {
	const run = attempt(id);
	await claim(store, { record: run, expect: { kind: "absent" } });
	await settle(store, settleOf(run, settlement));
	const record = await read(store, id);
	if (record === undefined) throw new Error(`Run ${id} was settled and is not there.`);
	return record;
}

export const claimedIn = (result: object | undefined): boolean =>
	result !== undefined && "claimed" in result && result.claimed === true;
