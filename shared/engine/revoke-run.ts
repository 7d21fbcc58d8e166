/**
 * Revoking a run (INV-12): one that has not begun, or waits for its next attempt or leg, ends here and now; one that performs is told by its
 * next beat. Its message, wherever it is, then finds a run that has ended, and is acknowledged. One that failed may have been redriven: its next
 * generation ends before it begins. What is redriven later than that is meant to begin.
 */
import { MillraceError } from "../kernel/errors.ts";
import { fence, type RunId, scheduleName } from "../kernel/ids.ts";
import { cutToBytes } from "../kernel/json.ts";
import { DELAY_SECONDS_MAX, QUEUE_RETENTION_SECONDS, RUN_RETENTION_SECONDS } from "../kernel/limits.ts";
import { epochMs, plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import type { Clock } from "../ports/clock.ts";
import { type JobStore, NOBODY, REVOKED_UNSEEN, type RunRecord, type SettledRun } from "../ports/job-store.ts";
import type { Random } from "../ports/random.ts";
import type { Scheduler } from "../ports/scheduler.ts";
import { isTerminal, type TerminalState } from "../wire/run-states.ts";

export type Revocation =
	/** It is REVOKED and never performs (again). */
	| {
			readonly outcome: "revoked";
			/** No worker has seen it yet: it waits, or nobody ever sent it. */
			readonly unseen?: true;
	  }
	/** It performs; its signal aborts within a beat's 20 s, and it ends REVOKED unless it returns a result first. */
	| { readonly outcome: "stopping" }
	/** It had ended before, and nothing can begin it again but another enqueue; nothing changed. */
	| { readonly outcome: "ended"; readonly state: TerminalState };

const roundsMax = 5;
const reasonBytesMax = 300;

/** @throws MillraceError `store-failed` */
export async function revokeRun(
	parts: {
		readonly store: Pick<JobStore, "getMany" | "claimMany" | "requestRevoke">;
		readonly clock: Clock;
		readonly random: Random;
		/** Takes back what waits for longer than a queue can. Absent: it comes in its time, and finds that the run has ended. */
		readonly scheduler?: Pick<Scheduler, "cancel">;
	},
	id: RunId,
	givenReason: string,
): Promise<Revocation> {
	const reason = cutToBytes(givenReason.toWellFormed(), reasonBytesMax) || "revoked";
	for (let round = 0; round < roundsMax; round++) {
		const [row] = await parts.store.getMany([id]);
		if (row !== undefined && isTerminal(row.state) && !mayBegin(row)) return { outcome: "ended", state: row.state };
		if (row !== undefined && "leaseUntil" in row && row.leaseUntil > parts.clock.now()) {
			if (await parts.store.requestRevoke(row, reason)) return { outcome: "stopping" };
			continue;
		}
		const [result] = await parts.store.claimMany([
			{
				record: revokedRecord(parts, id, row, reason),
				expect: row === undefined ? { kind: "absent" } : { kind: "seen", record: row },
			},
		]);
		if (result !== undefined && "failed" in result) throw result.failed;
		if (result?.claimed === true) {
			// A schedule that is left does no harm: its message finds that the run has ended.
			await parts.scheduler?.cancel([waitOf(id, row)]).catch(() => {});
			return { outcome: "revoked", ...(row === undefined ? { unseen: true } : {}) };
		}
	}
	throw new MillraceError(
		"store-failed",
		`Run ${id} changed ${roundsMax} times while it was being revoked. Try again.`,
	);
}

/** Whether a message may be under way that begins its next generation: a dead letter that was redriven, or one that the sweeper did not find. */
const mayBegin = (row: RunRecord): boolean =>
	(row.state === "FAILURE" && row.generation > 0) || (row.state === "SKIPPED" && row.found !== undefined);

/** The schedule in which its message waits, if it does: for its first attempt, or for its next one. */
function waitOf(id: RunId, row: RunRecord | undefined): string {
	const wait =
		row === undefined
			? { generation: 1, attempt: 1, hops: 1 }
			: { generation: row.generation, attempt: row.attempts + 1, hops: 0 };
	return scheduleName(id, wait);
}

function revokedRecord(
	{ clock, random }: { readonly clock: Clock; readonly random: Random },
	id: RunId,
	row: RunRecord | undefined,
	reason: string,
): SettledRun {
	const now = clock.now();
	// As long as a message of it may still come: after the longest wait where none was seen, else after the row's own wait; and each may lie in
	// the queue of a paused class for as long as that keeps it.
	const waitedUntil =
		row === undefined ? plusSeconds(now, DELAY_SECONDS_MAX) : epochMs(Math.max(now, row.expiresAt * 1000));
	const expiresAt = toEpochSeconds(plusSeconds(waitedUntil, QUEUE_RETENTION_SECONDS + RUN_RETENTION_SECONDS));
	const end = {
		state: "REVOKED",
		settledBy: fence(random.token()),
		endedAt: now,
		expiresAt,
		reason,
	} as const;
	if (row === undefined) {
		const unseen = { job: REVOKED_UNSEEN, generation: 1, attempts: 0, carrier: "", retriesMax: 0 };
		return { id, ...unseen, createdAt: now, startedAt: now, ...end };
	}
	const { job, retriesMax, tenant, createdAt, startedAt } = row;
	const { generation, attempts, carrier } = isTerminal(row.state)
		? { generation: row.generation + 1, attempts: 0, carrier: NOBODY }
		: row;
	const about = { id, job, generation, attempts, carrier, retriesMax, createdAt, startedAt };
	return { ...about, ...(tenant === undefined ? {} : { tenant }), ...end };
}
