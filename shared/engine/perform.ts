/** Step 6: runs the implementation under its context and a deadline. Whatever it does (return, throw, hang, ignore its signal), there is one answer in time to settle it. */
import type { JobContext } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { JobImplementation } from "../job/implementation.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import type { JobMessage } from "../wire/job-message.ts";
import type { FollowUpCollector } from "./collect-follow-ups.ts";
import type { Performed } from "./normalise-outcome.ts";
import type { ProgressReporter } from "./progress-reporter.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** After its signal, an implementation has this long to end by itself. */
const graceMs = 1000;

export interface Performance {
	readonly job: JobDefinition;
	readonly implementation: JobImplementation<JobDefinition>;
	readonly input: unknown;
	readonly message: JobMessage;
	readonly run: PerformingRun;
	/** When the leg ends: the signal aborts then. */
	readonly endsAt: EpochMs;
	/** Resolves when the leg ends, or when the batch is answered because all its runs have ended. One timer serves the whole batch. */
	readonly legOver: Promise<void>;
	readonly reporter: ProgressReporter;
	readonly followUps: FollowUpCollector;
}

/** Never rejects. */
export async function perform(parts: Pick<WorkerParts, "clock" | "logFor">, at: Performance): Promise<Performed> {
	const stop = createStop();
	let ended = false;
	const performing = invoke(
		at,
		createContext(parts, at, () => stop.signal()),
	).finally(() => {
		ended = true;
	});
	const outOfTime = at.legOver.then(async (): Promise<Performed> => {
		if (ended) return performing;
		const error = new MillraceError(
			"attempt-deadline",
			`Attempt ${at.run.attempts} of ${at.job.name} did not end within its function's time; it was told to stop. Make it faster, split its work, or raise its worker group's timeoutSeconds.`,
		);
		stop.abort(error);
		const graceOver = parts.clock.sleep(graceMs).then((): Performed => ({ threw: true, error, stillRunning: true }));
		return Promise.race([performing, graceOver]);
	});
	return Promise.race([performing, outOfTime]);
}

/** An abort signal that costs nothing until somebody asks for it: most jobs never do, and making one costs more than the rest of a context. */
function createStop() {
	let controller: AbortController | undefined;
	let reason: MillraceError | undefined;
	return {
		signal(): AbortSignal {
			if (controller === undefined) {
				controller = new AbortController();
				if (reason !== undefined) controller.abort(reason);
			}
			return controller.signal;
		},
		abort(why: MillraceError): void {
			reason = why;
			controller?.abort(why);
		},
	};
}

async function invoke(at: Performance, context: JobContext): Promise<Performed> {
	try {
		return { threw: false, value: await at.implementation(at.input, context) };
	} catch (error) {
		return { threw: true, error };
	}
}

function createContext(
	parts: Pick<WorkerParts, "clock" | "logFor">,
	at: Performance,
	signal: () => AbortSignal,
): JobContext {
	const { run, job, message } = at;
	const about = { runId: run.id, job: job.name, attempt: run.attempts };
	return {
		runId: run.id,
		job: job.name,
		attempt: run.attempts,
		attemptsMax: job.retry.retriesMax + 1,
		tenant: message.tenant,
		headers: message.headers ?? {},
		get signal() {
			return signal();
		},
		idempotencyKey: run.id,
		remainingMs: () => Math.max(0, at.endsAt - parts.clock.now()),
		log: parts.logFor(message.tenant === undefined ? about : { ...about, tenant: message.tenant }),
		progress: (update) => at.reporter.report(update),
		enqueue: at.followUps.enqueue,
	};
}
