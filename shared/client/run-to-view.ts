/** From a run's row to what callers see: Celery's words, ISO instants, nothing of claims and leases. Pure. */

import type { RunId } from "../kernel/ids.ts";
import { toIso } from "../kernel/time.ts";
import { REVOKED_UNSEEN, type RunError, type RunRecord, type StoredResult } from "../ports/job-store.ts";
import { durationMsOf } from "../ports/run-duration.ts";
import type { RunView } from "../wire/run-view.ts";

/** Stands for the job of a run that was revoked before any worker saw its message. */
export const JOB_UNKNOWN = "(unknown)";

/**
 * A run without row is PENDING: enqueued and not yet claimed, or never enqueued, or forgotten after its retention. So is one whose attempt was
 * claimed and given back before it began, to wait for its turn or its slot again.
 */
export function runToView(id: RunId, record: RunRecord | undefined): RunView {
	if (record === undefined || isGivenBack(record)) return { id, state: "PENDING", meta: {} };
	const base = {
		id: record.id,
		job: record.job === REVOKED_UNSEEN ? JOB_UNKNOWN : record.job,
		generation: record.generation,
		attempts: record.attempts,
		...(record.leg === undefined ? {} : { legs: record.leg }),
		...(record.tenant === undefined ? {} : { tenant: record.tenant }),
		created_at: toIso(record.createdAt),
		started_at: toIso(record.startedAt),
	};
	switch (record.state) {
		case "STARTED":
			return { ...base, state: "STARTED", meta: {} };
		case "PROGRESS":
			return { ...base, state: "PROGRESS", meta: { ...record.progress } };
		// Between two legs nothing of interest to a caller happens.
		case "LEG":
			return record.progress === undefined
				? { ...base, state: "STARTED", meta: {} }
				: { ...base, state: "PROGRESS", meta: { ...record.progress } };
		case "RETRY":
			return {
				...base,
				state: "RETRY",
				meta: { ...failureMeta(record, record.error), next_attempt_at: toIso(record.nextAttemptAt) },
			};
		case "SUCCESS":
			return {
				...base,
				state: "SUCCESS",
				...ended(record),
				meta: { ...record.progress },
				...resultOf(record.result),
				...(record.cachedFrom === undefined ? {} : { cached_from: record.cachedFrom }),
			};
		case "FAILURE":
			return {
				...base,
				state: "FAILURE",
				...ended(record),
				reason: record.reason,
				meta: failureMeta(record, record.error),
			};
		case "REVOKED":
			return { ...base, state: record.state, ...ended(record), meta: { reason: record.reason } };
		case "SKIPPED":
			return { ...base, state: record.state, ...ended(record), meta: { reason: record.reason, ...reconciled(record) } };
	}
}

const isGivenBack = (record: RunRecord): boolean => record.state === "LEG" && record.nextLeg === 1;

function reconciled({ found }: Extract<RunRecord, { state: "SKIPPED" }>) {
	if (found === undefined) return {};
	return { reconciled: { state: found.state, since: toIso(found.since), seen_at: toIso(found.seenAt) } };
}

/** `duration_ms` is the last attempt's, with all its legs. */
function ended(record: Extract<RunRecord, { endedAt: unknown }>): { ended_at: string; duration_ms: number } {
	return { ended_at: toIso(record.endedAt), duration_ms: durationMsOf(record) };
}

function failureMeta(record: RunRecord, error: RunError) {
	return {
		exc_type: error.excType,
		exc_message: error.excMessage,
		error_class: error.errorClass,
		// Attempts are counted anew in each generation, and the first one is no retry.
		retry_count: Math.max(0, record.attempts - 1),
		max_retries: record.retriesMax,
		...(error.traceback === undefined ? {} : { traceback: error.traceback }),
	};
}

function resultOf(
	result: StoredResult,
): { readonly result: unknown } | { readonly result_ref: { readonly key: string; readonly bytes: number } } {
	return result.kind === "inline"
		? { result: JSON.parse(result.json) }
		: { result_ref: { key: result.key, bytes: result.bytes } };
}
