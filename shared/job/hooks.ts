/** What a team hangs on every attempt of a worker group: metrics of its own, error reports, a session per run. */
import type { RunId } from "../kernel/ids.ts";
import type { ErrorClass } from "./error-class.ts";

export interface HookedAttempt {
	readonly runId: RunId;
	readonly job: string;
	readonly attempt: number;
	readonly leg: number;
	readonly tenant: string | undefined;
	readonly headers: Readonly<Record<string, string>>;
	/** W3C traceparent of this leg. */
	readonly trace: string;
}

export interface HookedError {
	readonly errorClass: ErrorClass;
	readonly excType: string;
	readonly excMessage: string;
	readonly traceback?: string;
}

/**
 * Each is awaited. `before` belongs to the attempt: what it throws is the attempt's error. The others are told after the attempt was settled and
 * what follows was sent: what they throw is logged and changes nothing, one that takes longer than 5 s is not waited for, and a worker that dies
 * in between tells nobody. Not told of a leg's end, nor of a message that was refused.
 */
export interface WorkerHooks {
	/** Before each leg of an attempt, with the checked input. */
	readonly before?: (attempt: HookedAttempt, input: unknown) => void | Promise<void>;
	/** After each attempt that began, however it ended. */
	readonly after?: (
		attempt: HookedAttempt,
		end: {
			readonly state: "SUCCESS" | "FAILURE" | "RETRY" | "REVOKED" | "SKIPPED";
			readonly durationMs: number;
		},
	) => void | Promise<void>;
	/** The run is FAILURE; also when its worker was lost, which another one finds. */
	readonly failure?: (
		attempt: HookedAttempt,
		failure: { readonly reason: string; readonly error: HookedError },
	) => void | Promise<void>;
	/** The attempt failed and another follows. */
	readonly retry?: (
		attempt: HookedAttempt,
		retry: { readonly error: HookedError; readonly nextAttemptAt: Date },
	) => void | Promise<void>;
}
