/** What an implementation is given beside its input, made for one performance. What it may ask for and most never do is computed when it is asked for. */
import type { JobContext } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import type { Trail } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { FollowUpCollector } from "./collect-follow-ups.ts";
import type { ProgressReporter } from "./progress-reporter.ts";
import type { AttemptLimits } from "./time-limits.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** What is known of a performance that its context tells, or hands on to. */
export interface ContextSources {
	readonly job: JobDefinition;
	readonly message: JobMessage;
	readonly run: PerformingRun;
	readonly trail: Required<Trail>;
	readonly cursor: unknown;
	readonly limits: AttemptLimits;
	readonly reporter: ProgressReporter;
	readonly checkpoints: Checkpoints;
	readonly followUps: FollowUpCollector;
	/** The run and its input: what an outside service may be told to do once. */
	readonly scope: string;
	readonly once: JobContext["once"];
	readonly invalidateCache: JobContext["invalidateCache"];
}

export function createContext(
	parts: Pick<WorkerParts, "clock" | "logFor">,
	at: ContextSources,
	signal: () => AbortSignal,
): JobContext {
	const { run, job, message } = at;
	const context: Omit<JobContext, keyof Asked> = {
		runId: run.id,
		job: job.name,
		attempt: run.attempts,
		leg: run.leg ?? 1,
		cursor: at.cursor,
		attemptsMax: job.retry.retriesMax + 1,
		tenant: message.tenant,
		headers: message.headers ?? {},
		idempotencyKey: at.scope,
		remainingMs: () => Math.max(0, at.limits.toldAt - parts.clock.now()),
		log: parts.logFor(at.trail),
		progress: (update) => at.reporter.report(update),
		// Observed here, so that a job that does not await them can't end the process with its whole batch.
		checkpoint: (cursor) => observed(at.checkpoints.save(cursor)),
		once: (key, effect) => observed(at.once(key, effect)),
		invalidateCache: (tags) => observed(at.invalidateCache(tags)),
		enqueue: at.followUps.enqueue,
	};
	Object.defineProperties(context, whenAsked);
	const asked: Asked = { trace: () => at.trail.span().traceparent, signal };
	return Object.defineProperty(context, askedOf, { value: asked, configurable: true }) as JobContext;
}

interface Asked {
	readonly trace: () => JobContext["trace"];
	readonly signal: () => JobContext["signal"];
}
/** Text, not a symbol, and configurable: a team's wrapper copies properties by their names, or is a proxy that reads names as text. */
const askedOf = "millrace:asked";
type Asking = Readonly<Record<typeof askedOf, Asked>>;

/** Of all contexts, so that none is kept by them (see trail.ts); and each context's own, so that a copy that a team's wrapper makes has what they tell. */
const whenAsked: Readonly<Record<keyof Asked, PropertyDescriptor>> = { trace: asks("trace"), signal: asks("signal") };

function asks(name: keyof Asked) {
	function get(this: Asking) {
		return this[askedOf][name]();
	}
	return { get, enumerable: true, configurable: true };
}

function observed<Value>(promise: Promise<Value>): Promise<Value> {
	promise.catch(() => {});
	return promise;
}
