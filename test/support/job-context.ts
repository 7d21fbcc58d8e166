/**
 * A JobContext for calling an implementation directly: records what the job told (progress, log) and asked for (enqueued runs).
 * The clock stands still; `abort` does what the platform does shortly before the function's time is over.
 */
import type { JobContext, JobDefinition, JobInput, Progress } from "../../shared/job/index.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { runId } from "../../shared/kernel/ids.ts";

export interface EnqueuedRun {
	readonly job: string;
	readonly input: unknown;
	readonly key: string | undefined;
	readonly delaySeconds: number;
}

export interface RecordedContext {
	readonly context: JobContext;
	/** Every update, in order. */
	readonly progress: readonly Progress[];
	readonly enqueued: readonly EnqueuedRun[];
	/** Lines as `level: message`. */
	readonly logged: readonly string[];
	/** What `checkpoint` was given, in order. */
	readonly checkpoints: readonly unknown[];
	/** Tags that `invalidateCache` was given, in order. */
	readonly invalidated: readonly string[];
	abort(): void;
}

export function recordContext(given: Partial<JobContext> = {}): RecordedContext {
	const progress: Progress[] = [];
	const enqueued: EnqueuedRun[] = [];
	const logged: string[] = [];
	const checkpoints: unknown[] = [];
	const invalidated: string[] = [];
	const controller = new AbortController();
	const log = (level: string) => (message: string) => {
		logged.push(`${level}: ${message}`);
	};
	const context: JobContext = {
		runId: runId("run-of-a-test"),
		job: "job_of_a_test",
		attempt: 1,
		leg: 1,
		cursor: undefined,
		attemptsMax: 4,
		tenant: undefined,
		headers: {},
		trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		signal: controller.signal,
		idempotencyKey: "run-of-a-test",
		remainingMs: () => 60_000,
		log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
		progress: (update) => {
			progress.push(update);
		},
		checkpoint: async (cursor) => {
			checkpoints.push(cursor);
		},
		once: (_, effect) => effect(),
		invalidateCache: async (tags) => {
			invalidated.push(...tags);
		},
		enqueue: <Job extends JobDefinition>(
			job: Job,
			input: JobInput<Job>,
			options: { readonly key?: string; readonly delaySeconds?: number } = {},
		) => {
			enqueued.push({ job: job.name, input, key: options.key, delaySeconds: options.delaySeconds ?? 0 });
			return runId(`enqueued-${enqueued.length}`);
		},
		...given,
	};
	return {
		context,
		progress,
		enqueued,
		logged,
		checkpoints,
		invalidated,
		abort: () => controller.abort(new MillraceError("attempt-deadline", "The time of this attempt is over.")),
	};
}
