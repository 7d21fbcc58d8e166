/**
 * Step 6: runs the implementation under its context and its limits. Whatever it does (return, throw, hang, ignore its signal), there is one
 * answer in time to settle it.
 *
 * | what happens meanwhile        | its signal            | then                                                        |
 * |-------------------------------|-----------------------|-------------------------------------------------------------|
 * | soft time limit               | `soft-time-limit`     | it goes on until it ends by itself, or the hard limit comes  |
 * | hard time limit               | `time-limit-exceeded` | the run is FAILURE, whatever it does (INV-13)                |
 * | the leg's time is over        | `attempt-deadline`    | next leg if it made a checkpoint in this one, else an error  |
 * | revoked                       | `revoked`             | REVOKED, unless it returns a result in the grace (INV-12)    |
 * | the fence is lost             | `fence-lost`          | nothing it does is recorded (INV-02)                         |
 * | its concurrency slot is lost  | `slot-lost`           | an error, which is retried                                   |
 */
import type { JobContext } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { JobImplementation } from "../job/implementation.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import type { Trail } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { type Checkpoints, nextLeg } from "./checkpoints.ts";
import type { FollowUpCollector } from "./collect-follow-ups.ts";
import type { Performed } from "./normalise-outcome.ts";
import type { ProgressReporter } from "./progress-reporter.ts";
import { hookedAttempt } from "./tell-hooks.ts";
import type { AttemptLimits } from "./time-limits.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** After its signal, an implementation has this long to end by itself. */
const graceMs = 1000;

export interface Performance {
	readonly job: JobDefinition;
	readonly implementation: JobImplementation<JobDefinition>;
	readonly input: unknown;
	readonly message: JobMessage;
	readonly run: PerformingRun;
	readonly trail: Required<Trail>;
	readonly cursor: unknown;
	readonly limits: AttemptLimits;
	/** Resolves when the leg ends, or when the batch is answered because all its runs have ended. One timer serves the whole batch. */
	readonly legOver: Promise<void>;
	readonly reporter: ProgressReporter;
	readonly checkpoints: Checkpoints;
	readonly followUps: FollowUpCollector;
	/** The run and its input: what an outside service may be told to do once. */
	readonly scope: string;
	readonly once: JobContext["once"];
	readonly invalidateCache: JobContext["invalidateCache"];
	/** Is given what to call when the store says that the attempt shall stop. */
	readonly listen: (stop: (why: Stop, reason: string) => void) => void;
	readonly lease: {
		readonly isOver: () => boolean;
		/** Stops the attempt if it is nobody's to renew. @throws MillraceError `store-failed` */
		readonly renew: () => Promise<void>;
	};
}

/** What the store may say. */
export type Stop = "revoked" | "fence-lost" | "slot-lost";
type Cause = "soft" | "leg" | "hard" | Stop;
/** A later cause of a higher rank takes over; the signal keeps the first one's reason, since a signal aborts once. */
const ranks: Readonly<Record<Cause, number>> = {
	soft: 0,
	leg: 1,
	"slot-lost": 2,
	revoked: 3,
	hard: 4,
	"fence-lost": 5,
};

/** Never rejects. */
export async function perform(
	parts: Pick<WorkerParts, "clock" | "hooks" | "logFor" | "tracing">,
	at: Performance,
): Promise<Performed> {
	const { clock } = parts;
	const { limits } = at;
	if (limits.hardAt !== undefined && limits.hardAt <= clock.now())
		return { how: "too-late", error: timeLimitExceeded(at) };

	const stop = createStop();
	let ended = false;
	let cause: Cause | undefined;
	let told = "";
	let stopped: MillraceError | undefined;
	const forced = Promise.withResolvers<Performed>();
	/** The error is made when it is needed: its stack costs more than the rest of a plain run's performance. */
	function interrupt(next: Cause, why: () => MillraceError): void {
		if (ended || (cause !== undefined && ranks[cause] >= ranks[next])) return;
		const error = why();
		cause = next;
		told = error.message;
		stop.abort(error);
		if (next === "soft") return;
		stopped = error;
		void clock.sleep(graceMs).then(() => forced.resolve({ how: "threw", error, stillRunning: true }));
	}

	at.listen((why, reason) => interrupt(why, () => new MillraceError(why, reason)));
	void at.legOver.then(() => interrupt("leg", () => legDeadline(at)));
	const timers = limits.softAt === undefined && limits.hardAt === undefined ? undefined : new AbortController();
	const wakeAt = (instant: EpochMs | undefined, then: () => void): void => {
		if (instant === undefined || timers === undefined) return;
		void clock.sleep(Math.max(0, instant - clock.now()), timers.signal).then(() => timers.signal.aborted || then());
	};
	wakeAt(limits.softAt, () => interrupt("soft", () => softLimit(at)));
	wakeAt(limits.hardAt, () => interrupt("hard", () => timeLimitExceeded(at)));

	const performing = invoke(
		parts,
		at,
		createContext(parts, at, () => stop.signal()),
		() => stopped,
	).finally(() => {
		ended = true;
	});
	const performed = await Promise.race([performing, forced.promise]);
	timers?.abort("ended");
	return conclude(at, performed, cause, told);
}

function conclude(at: Performance, performed: Performed, cause: Cause | undefined, told: string): Performed {
	if (cause === "hard") return { how: "time-limit", error: timeLimitExceeded(at), ...stillRunning(performed) };
	if (performed.how !== "threw") return performed;
	if (cause === "revoked") return { how: "revoked", reason: told, ...stillRunning(performed) };
	if (performed.error === nextLeg) return { how: "next-leg" };
	// It did stop, and has left word where to go on: no attempt is spent on the end of a leg.
	if (cause === "leg" && at.checkpoints.made() && performed.stillRunning !== true) return { how: "next-leg" };
	return performed;
}

const stillRunning = (performed: Performed): { readonly stillRunning?: true } =>
	performed.how === "threw" && performed.stillRunning === true ? { stillRunning: true } : {};

const legDeadline = ({ run, job }: Performance): MillraceError =>
	new MillraceError(
		"attempt-deadline",
		`Attempt ${run.attempts} of ${job.name} did not end within its function's time; it was told to stop. Make it faster, let it checkpoint, split its work, or raise its worker group's timeoutSeconds.`,
	);
const softLimit = ({ run, job, limits }: Performance): MillraceError =>
	new MillraceError(
		"soft-time-limit",
		`Attempt ${run.attempts} of ${job.name} reached its soft time limit of ${limits.softSeconds} s and was told to stop.`,
	);
const timeLimitExceeded = ({ run, job, limits }: Performance): MillraceError =>
	new MillraceError(
		"time-limit-exceeded",
		`Attempt ${run.attempts} of ${job.name} reached its time limit of ${limits.hardSeconds} s and was stopped.`,
	);

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
			reason ??= why;
			controller?.abort(why);
		},
	};
}

async function invoke(
	{ hooks, tracing }: Pick<WorkerParts, "hooks" | "tracing">,
	at: Performance,
	context: JobContext,
	stopped: () => MillraceError | undefined,
): Promise<Performed> {
	try {
		if (hooks?.before !== undefined) {
			await hooks.before(hookedAttempt(tracing, at.run, at.message), at.input);
			// It took so long that the attempt may be settled by now (INV-05, INV-12): by this worker, or by another one that heard nothing of it
			// while a neighbour kept the event loop busy.
			if (at.lease.isOver()) await at.lease.renew();
			const why = stopped();
			if (why !== undefined) return { how: "threw", error: why };
		}
		return { how: "returned", value: await at.implementation(at.input, context) };
	} catch (error) {
		return { how: "threw", error };
	}
}

function createContext(
	parts: Pick<WorkerParts, "clock" | "logFor">,
	at: Performance,
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
	trace(): string;
	signal(): AbortSignal;
}
/** Text, not a symbol, and configurable: a team's wrapper copies properties by their names, or is a proxy that reads names as text. */
const askedOf = "millrace:asked";
type Asking = Readonly<Record<typeof askedOf, Asked>>;

/** Of all contexts, so that none is kept by them (see trail.ts); and each context's own, so that a copy that a team's wrapper makes has what they tell. */
const whenAsked: { readonly [Name in keyof Asked]: { readonly get: (this: Asking) => JobContext[Name] } & Shown } = {
	trace: {
		get() {
			return this[askedOf].trace();
		},
		enumerable: true,
		configurable: true,
	},
	signal: {
		get() {
			return this[askedOf].signal();
		},
		enumerable: true,
		configurable: true,
	},
};
interface Shown {
	readonly enumerable: true;
	readonly configurable: true;
}

function observed<Value>(promise: Promise<Value>): Promise<Value> {
	promise.catch(() => {});
	return promise;
}
