/** What an implementation is given beside its input. */
import type { RunId } from "../kernel/ids.ts";
import type { JobDefinition, JobInput } from "./define-job.ts";

/** Progress as it is stored and shown; the field names are those of the wire. Anything absent keeps its last value. */
export interface Progress {
	/** What is going on, for people: "Processing anomaly detection…". */
	readonly status?: string;
	readonly current_step?: string;
	/** Percent, 0–100. */
	readonly progress?: number;
	/** A job's own state: VALIDATING, UPLOADING… */
	readonly stage?: string;
	readonly step?: number;
	readonly total?: number;
}

export interface JobLog {
	debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
	info(message: string, fields?: Readonly<Record<string, unknown>>): void;
	warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
	error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface EnqueueFromJobOptions {
	/** Idempotency key: (job, key) is one run inside the window. Default: computed from this run and the call's place, so that a repeated attempt enqueues the same run. */
	readonly key?: string;
	/** Not before this many seconds from the settle. Default 0. */
	readonly delaySeconds?: number;
}

export interface JobContext {
	readonly runId: RunId;
	readonly job: string;
	/** 1 for the first attempt of this generation. */
	readonly attempt: number;
	/** 1 for the first leg of this attempt: each is an invocation of its own. */
	readonly leg: number;
	/** What the latest `checkpoint` of this run was given, in an earlier leg or a failed attempt; `undefined` when there is none. Read it with a schema: a deploy may lie between. */
	readonly cursor: unknown;
	/** Attempts the policy allows, retries and the first together. */
	readonly attemptsMax: number;
	readonly tenant: string | undefined;
	readonly headers: Readonly<Record<string, string>>;
	/**
	 * W3C traceparent of this leg: give it as the header `traceparent` to what the job calls. What `enqueue` is given carries it already.
	 */
	readonly trace: string;
	/**
	 * Aborted with a reason (a MillraceError): `soft-time-limit`, `time-limit-exceeded`, `revoked` by an operator (within 20 s), `fence-lost`, or
	 * `attempt-deadline` shortly before the function would be stopped. Pass it to every call that takes one.
	 */
	readonly signal: AbortSignal;
	/** Stable over all attempts and redrives of the run, unless an operator redrives it with another input: what to pass to a payment provider so that a repeated effect is harmless. */
	readonly idempotencyKey: string;
	/** Milliseconds until this leg, or the attempt's soft time limit if that is sooner, is over. */
	remainingMs(): number;
	/**
	 * Says from where the work can go on: `cursor` is any JSON value, best a small one. Stored at most about once a second, so that a crash may
	 * go back a second's work; the last one always. When the leg's time is short it does not return: it throws what the implementation must
	 * let through, and the implementation is called again with `ctx.cursor` in a new leg of the same attempt.
	 * @throws MillraceError `undeclared-checkpoint` (the definition does not say `checkpoints: true`), `checkpoint-invalid`.
	 */
	checkpoint(cursor: unknown): Promise<void>;
	readonly log: JobLog;
	/** Tells how far it is; stored at most about once a second, the last one always. Never throws, costs no waiting. */
	progress(update: Progress): void;
	/**
	 * Performs `effect` and keeps its result, so that later attempts and legs of this run, redriven ones too, get the result instead of
	 * performing it again. It is kept after it took place: a worker that dies in between repeats it, so give `idempotencyKey` and `key` to a
	 * service that can tell repetitions. `key` is 1–128 characters, one for each effect of the run; the result any JSON value, kept for 100 days.
	 * @throws MillraceError `once-invalid`, `store-failed`, `blob-failed`; whatever `effect` throws, and then nothing is kept.
	 */
	once<Result>(key: string, effect: () => Promise<Result>): Promise<Result>;
	/**
	 * Takes away what the result caches hold under these tags, for a job that has changed the data they were computed from: change first, then
	 * invalidate, and await it. In force when it resolves, whatever becomes of this attempt; repeating it is harmless.
	 * @throws MillraceError `unknown-cache-tag` (no job of the catalogue declares such a tag), `store-failed`
	 */
	invalidateCache(tags: readonly string[]): Promise<void>;
	/**
	 * Enqueues another run after this one has settled as SUCCESS, exactly once whatever is repeated (INV-04); an attempt that fails
	 * enqueues nothing. Returns the id of that run.
	 * @throws MillraceError `invalid-input`, `undeclared-enqueue` (the definition's `enqueues` does not name the job), `follow-ups-too-large`.
	 */
	enqueue<Job extends JobDefinition>(job: Job, input: JobInput<Job>, options?: EnqueueFromJobOptions): RunId;
}
