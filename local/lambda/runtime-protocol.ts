/** What the runtime and an execution environment's process say to each other over their IPC channel. Types only: the process runs alone. */

export interface InvokeRequest {
	readonly requestId: string;
	/** The event as the handler gets it. */
	readonly event: unknown;
	/** When the runtime will kill the process. */
	readonly deadlineMs: number;
	readonly functionArn: string;
	readonly traceId: string;
}

/** As Lambda reports a failed invocation. */
export interface RuntimeError {
	readonly errorType: string;
	readonly errorMessage: string;
	readonly trace: readonly string[];
}

export type ProcessReply =
	| { readonly kind: "ready" }
	| { readonly kind: "init-error"; readonly error: RuntimeError }
	/** The handler's return value as JSON text (`null` for undefined). */
	| { readonly kind: "done"; readonly payload: string }
	| { readonly kind: "failed"; readonly error: RuntimeError };

/** Written on both output streams before an invocation's first line, so that each line is known to belong to its request. */
export const REQUEST_MARK = "\u0000request ";
