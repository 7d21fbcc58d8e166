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
import { nextLeg } from "./checkpoints.ts";
import { type ContextSources, createContext } from "./job-context.ts";
import type { Performed } from "./normalise-outcome.ts";
import { hookedAttempt } from "./tell-hooks.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** After its signal, an implementation has this long to end by itself. */
const graceMs = 1000;

export interface Performance extends ContextSources {
	readonly implementation: JobImplementation<JobDefinition>;
	readonly input: unknown;
	/** Resolves when the leg ends, or when the batch is answered because all its runs have ended. One timer serves the whole batch. */
	readonly legOver: Promise<void>;
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
