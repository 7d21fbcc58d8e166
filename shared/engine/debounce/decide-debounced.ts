/** What becomes of a debounced run, by who is the latest of its key. Pure. */
import { DEBOUNCED, type DebouncePolicy } from "../../job/debounce.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import { LEASE_MARGIN_MS } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { Enqueue, LatestEnqueue } from "../../ports/debounce-store.ts";
import type { RunRecord } from "../../ports/job-store.ts";
import { isCarriedBy } from "../carrier-of.ts";

export const isLater = (one: Enqueue, other: Enqueue): boolean =>
	one.sentAt > other.sentAt || (one.sentAt === other.sentAt && one.run > other.run);

/** When the latest may perform, if nothing comes any more. */
export function waitEndsAt({ seconds, maxSeconds }: DebouncePolicy, since: EpochMs, now: EpochMs): EpochMs {
	const quietAt = plusSeconds(now, seconds);
	return maxSeconds === undefined ? quietAt : epochMs(Math.min(quietAt, plusSeconds(since, maxSeconds)));
}

/**
 * Whether a later enqueue stands for this one. Not if its run has begun before this one was enqueued: it will not perform again, so this one
 * does. Nor once this run has a row: then that one says what becomes of it.
 */
export function standsFor(
	{ name, debounce }: Pick<JobDefinition, "name" | "debounce">,
	{ sentAt }: Enqueue,
	{ carrier }: Pick<LatestEnqueue, "carrier">,
	rows: { readonly own: RunRecord | undefined; readonly latest: RunRecord | undefined },
): boolean {
	const { own, latest } = rows;
	if (own !== undefined) return false;
	if (latest === undefined) return true;
	if (latest.job !== name) return false;
	if (isDebounced(latest) || (carrier !== undefined && isCarriedBy(latest, carrier))) return true;
	return latest.startedAt >= plusMs(sentAt, marginMsOf(debounce));
}

/**
 * What another message than that of the later enqueue has begun may be an earlier performance of the same run, and the time alone tells: whoever
 * performs for this one begins after a time of quiet. What began sooner may have begun before, by a worker whose clock is ahead.
 */
const marginMsOf = (debounce: DebouncePolicy | undefined): number =>
	Math.min(LEASE_MARGIN_MS, (debounce?.seconds ?? 0) * 1000);

/** It made place for another run, and performs after all when it is enqueued again. */
export const isDebounced = (row: RunRecord): boolean => row.state === "SKIPPED" && row.reason.startsWith(DEBOUNCED);
