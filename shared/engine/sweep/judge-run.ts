/** What a sweep makes of one run's row, by the clock alone: nothing to do, look again later, or overdue. Pure. */
import { OVERDUE_MS } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds, toIso } from "../../kernel/time.ts";
import type { FoundLost, RunRecord } from "../../ports/job-store.ts";

export type LostRun = Extract<RunRecord, { state: FoundLost["state"] }>;
export type SuccessfulRun = Extract<RunRecord, { state: "SUCCESS" }>;

export type Judgement =
	/** It has ended and nothing can become of it any more. */
	| { readonly kind: "over" }
	| { readonly kind: "later"; readonly at: EpochMs }
	/** Its next message should long have been here. */
	| { readonly kind: "overdue"; readonly run: LostRun; readonly since: EpochMs }
	/** It ended well long enough ago for what it enqueued to have begun. */
	| { readonly kind: "follow-ups"; readonly run: SuccessfulRun; readonly since: EpochMs };

/** An ended run may be redriven while its row is kept, and then be lost again: two more looks are enough for that. */
const ENDED_LOOK_MS = 12 * 3_600_000;

/** @param row Not an expired one. */
export function judgeRun(row: RunRecord, now: EpochMs): Judgement {
	switch (row.state) {
		case "STARTED":
		case "PROGRESS":
			// A heartbeat moves it on.
			return dueSince(row, row.leaseUntil);
		case "RETRY":
			return dueSince(row, row.nextAttemptAt);
		case "LEG":
			return dueSince(row, row.endedAt);
		case "SUCCESS": {
			if (row.followUps.length === 0) return { kind: "over" };
			const since = plusSeconds(row.endedAt, Math.max(...row.followUps.map(({ delaySeconds }) => delaySeconds)));
			return isOverdue(since) ? { kind: "follow-ups", run: row, since } : { kind: "later", at: overdueAt(since) };
		}
		case "FAILURE":
			return afterItsEnd(row);
		case "SKIPPED":
			return row.found === undefined ? { kind: "over" } : afterItsEnd(row);
		case "REVOKED":
			return { kind: "over" };
	}

	function isOverdue(since: EpochMs): boolean {
		return overdueAt(since) <= now;
	}
	function dueSince(run: LostRun, since: EpochMs): Judgement {
		return isOverdue(since) ? { kind: "overdue", run, since } : { kind: "later", at: overdueAt(since) };
	}
	function afterItsEnd({ expiresAt }: RunRecord): Judgement {
		return { kind: "later", at: epochMs(Math.min(plusMs(now, ENDED_LOOK_MS), expiresAt * 1000)) };
	}
}

const overdueAt = (since: EpochMs): EpochMs => plusMs(since, OVERDUE_MS);

/** The same text as long as nothing has moved the run on. */
export const fingerprintOf = (row: RunRecord): string =>
	"leaseUntil" in row ? `P#${row.fence}#${row.leaseUntil}` : `S#${row.settledBy}`;

/** What is said of a run that the sweeper ends. */
export function reasonOf(run: LostRun, since: EpochMs): string {
	const attempt = `attempt ${run.attempts} of ${Math.max(run.attempts, run.retriesMax + 1)}`;
	const at = toIso(since);
	switch (run.state) {
		case "STARTED":
		case "PROGRESS":
			return `lost: ${attempt} was performing, its lease over since ${at}, and no message carries the run`;
		case "RETRY":
			return `lost: waiting for its next attempt after ${attempt}, due since ${at}, and no message carries the run`;
		case "LEG":
			return `lost: ${attempt} was between two legs since ${at}, and no message carries the run`;
	}
}
