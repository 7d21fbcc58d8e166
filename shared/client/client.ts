/**
 * What a producer uses: enqueue runs of the catalogue's jobs, see how they are, read their results. Whatever it can know to be wrong is
 * refused with a named error before anything is sent. Leaves to its parts: sending and retrying requests (queue), storing (store, blobs).
 */
import type { EnqueueOptions } from "../engine/enqueue-options.ts";
import { type Revocation, revokeRun } from "../engine/revoke-run.ts";
import type { JobDefinition, JobInput, JobResult } from "../job/define-job.ts";
import type { RunView } from "../wire/run-view.ts";
import { type Cache, type CachedInput, createCache } from "./cache.ts";
import type { ClientParts, Enqueued } from "./client-parts.ts";
import type { ScheduleView } from "./known-schedule.ts";
import { createLimits, type Limits, type LimitView } from "./limits.ts";
import { readResult } from "./read-result.ts";
import { checkRunId, readView, readViews } from "./read-views.ts";
import type { ScheduleChange } from "./schedule-change.ts";
import { createSchedules, type Schedules } from "./schedules.ts";
import { sendRun, sendRuns } from "./send-runs.ts";
import { type EndedRun, type WaitOptions, waitForRun } from "./wait-for-run.ts";
import { createWaits, type WaitingRun, type Waits } from "./waits.ts";

export type {
	Cache,
	CachedInput,
	ClientParts,
	EndedRun,
	Enqueued,
	EnqueueOptions,
	Limits,
	LimitView,
	Revocation,
	ScheduleChange,
	Schedules,
	ScheduleView,
	WaitingRun,
	WaitOptions,
	Waits,
};

/** One run of `enqueueMany`: its input, and what else is to be said about it. */
export type EnqueueItem<Input> = EnqueueOptions & { readonly input: Input };

export interface Client<Jobs extends readonly JobDefinition[] = readonly JobDefinition[]> {
	/**
	 * Sends one run. The job is a definition of the catalogue, or a wire name, whose input is then checked at run time only.
	 * A repeated call with the same `id` or `key` is the same run.
	 * @throws MillraceError, nothing sent: `unknown-job`, `invalid-input`, `message-too-deep`, `message-forbidden-key`,
	 * `message-ill-formed-text`, `message-invalid-field`, `message-unknown-field`, `message-too-large`, `already-expired`, `blob-failed`,
	 * `queue-class-not-found`. `send-failed`: SQS did not confirm; its details hold the id with which to try again.
	 */
	enqueue<Job extends Jobs[number]>(job: Job, input: JobInput<Job>, options?: EnqueueOptions): Promise<Enqueued>;
	enqueue(job: string, input: unknown, options?: EnqueueOptions): Promise<Enqueued>;

	/**
	 * Sends many runs of one job in full batch requests. All are checked first: one bad item refuses them all, by its number.
	 * Returns the ids in the order of the items.
	 * @throws MillraceError as `enqueue` does. `send-failed`: some were not confirmed; details are `{ sent: [{index, id}], failed: [{index, id, error}] }`.
	 */
	enqueueMany<Job extends Jobs[number]>(
		job: Job,
		items: readonly EnqueueItem<JobInput<Job>>[],
	): Promise<readonly Enqueued[]>;
	enqueueMany(job: string, items: readonly EnqueueItem<unknown>[]): Promise<readonly Enqueued[]>;

	/** How a run is, read consistently. An unknown id is PENDING. @throws MillraceError `message-invalid-field` for what is no run id, `store-failed` */
	status(id: string): Promise<RunView>;
	/** The same for many, in the order of the ids. */
	statusMany(ids: readonly string[]): Promise<readonly RunView[]>;

	/**
	 * Revokes a run: one that has not begun or waits for its next attempt never performs (again); one that performs is told by its signal within
	 * 20 s. A run that has ended stays as it ended. @throws MillraceError `message-invalid-field` for what is no run id, `store-failed`
	 */
	revoke(id: string, reason?: string): Promise<Revocation>;

	/**
	 * The result of a run that is SUCCESS, wherever it is stored. Given a definition, it is typed, and a run of another job is refused.
	 * @throws MillraceError `run-not-found`, `run-not-finished`, `run-failed` (FAILURE, REVOKED or SKIPPED), `result-missing`,
	 * `run-id-conflict`, `store-failed`, `blob-failed`
	 */
	result<Job extends Jobs[number]>(job: Job, id: string): Promise<JobResult<Job>>;
	result(id: string): Promise<unknown>;

	/** Resolves with the view when the run is SUCCESS, FAILURE, REVOKED or SKIPPED. @throws MillraceError `wait-timed-out`; the signal's reason when it aborts. */
	wait(id: string, options?: WaitOptions): Promise<EndedRun>;

	/** Rate limits while the platform runs: see them, set others, restore them. */
	readonly limits: Limits;

	/** Schedules of the catalogue and of run time: see, make, disable, run and backfill them. */
	readonly schedules: Schedules;
	/** Takes cached results away. */
	readonly cache: Cache;

	/** What waits for an instant more than 15 minutes away. */
	readonly waits: Waits;
}

export function createClient<const Jobs extends readonly JobDefinition[]>(parts: ClientParts<Jobs>): Client<Jobs> {
	function result<Job extends Jobs[number]>(job: Job, id: string): Promise<JobResult<Job>>;
	function result(id: string): Promise<unknown>;
	function result(jobOrId: JobDefinition | string, id?: string): Promise<unknown> {
		return typeof jobOrId === "string" ? readResult(parts, jobOrId) : readResult(parts, id, jobOrId);
	}
	return {
		enqueue: (job: string | JobDefinition, input: unknown, options: EnqueueOptions = {}) =>
			sendRun(parts, job, { input, options }),
		enqueueMany: (job: string | JobDefinition, items: readonly EnqueueItem<unknown>[]) =>
			sendRuns(
				parts,
				job,
				items.map(({ input, ...options }) => ({ input, options })),
			),
		status: (id) => readView(parts.store, id),
		statusMany: (ids) => readViews(parts.store, ids),
		revoke: async (id, reason = "revoked") => revokeRun(parts, checkRunId(id), reason),
		result,
		wait: (id, options = {}) => waitForRun(parts, id, options),
		limits: createLimits(parts),
		schedules: createSchedules(parts),
		cache: createCache(parts),
		waits: createWaits(parts),
	};
}
