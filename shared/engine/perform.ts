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
	readonly reporter: ProgressReporter;
	readonly followUps: FollowUpCollector;
}

/** Never rejects. */
export async function perform(parts: Pick<WorkerParts, "clock" | "logFor">, at: Performance): Promise<Performed> {
	const { clock } = parts;
	const deadline = new AbortController();
	const finished = new AbortController();
	const context = createContext(parts, at, deadline.signal);

	const performing = invoke(at, context).finally(() => finished.abort());
	const timedOut = (async (): Promise<Performed> => {
		await clock.sleep(at.endsAt - clock.now(), finished.signal);
		if (finished.signal.aborted) return performing;
		const error = new MillraceError(
			"attempt-deadline",
			`Attempt ${at.run.attempts} of ${at.job.name} did not end within its function's time; it was told to stop. Make it faster, split its work, or raise its worker group's timeoutSeconds.`,
		);
		deadline.abort(error);
		await clock.sleep(graceMs, finished.signal);
		return finished.signal.aborted ? performing : { threw: true, error };
	})();
	return Promise.race([performing, timedOut]);
}

async function invoke(at: Performance, context: JobContext): Promise<Performed> {
	try {
		return { threw: false, value: await at.implementation(at.input, context) };
	} catch (error) {
		return { threw: true, error };
	}
}

function createContext(parts: Pick<WorkerParts, "clock" | "logFor">, at: Performance, signal: AbortSignal): JobContext {
	const { run, job, message } = at;
	const about = { runId: run.id, job: job.name, attempt: run.attempts };
	return {
		runId: run.id,
		job: job.name,
		attempt: run.attempts,
		attemptsMax: job.retry.retriesMax + 1,
		tenant: message.tenant,
		headers: message.headers ?? {},
		signal,
		idempotencyKey: run.id,
		remainingMs: () => Math.max(0, at.endsAt - parts.clock.now()),
		log: parts.logFor(message.tenant === undefined ? about : { ...about, tenant: message.tenant }),
		progress: (update) => at.reporter.report(update),
		enqueue: at.followUps.enqueue,
	};
}
