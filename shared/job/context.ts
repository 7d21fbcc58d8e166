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
	/** Attempts the policy allows, retries and the first together. */
	readonly attemptsMax: number;
	readonly tenant: string | undefined;
	readonly headers: Readonly<Record<string, string>>;
	/** Aborted with a reason (a MillraceError) shortly before the function would be stopped. Pass it to every call that takes one. */
	readonly signal: AbortSignal;
	/** Stable over all attempts of the run: what to pass to a payment provider so that a repeated effect is harmless. */
	readonly idempotencyKey: string;
	/** Milliseconds until `signal` aborts. */
	remainingMs(): number;
	readonly log: JobLog;
	/** Tells how far it is; stored at most about once a second, the last one always. Never throws, costs no waiting. */
	progress(update: Progress): void;
	/**
	 * Enqueues another run after this one has settled as SUCCESS, exactly once whatever is repeated (INV-04); an attempt that fails
	 * enqueues nothing. Returns the id of that run.
	 * @throws MillraceError `invalid-input`, `undeclared-enqueue` (the definition's `enqueues` does not name the job), `follow-ups-too-large`.
	 */
	enqueue<Job extends JobDefinition>(job: Job, input: JobInput<Job>, options?: EnqueueFromJobOptions): RunId;
}
