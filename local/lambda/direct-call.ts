/** Calls a function with an event and waits for what it answers, as whoever invokes it synchronously does. */
import type { FunctionRef, OnLocalEvent } from "../local-event.ts";
import type { InvocationResult } from "./environment.ts";
import type { EnvironmentPool } from "./environment-pool.ts";

export interface DirectCall {
	/** Resolves when the invocation has ended. */
	call(event: unknown): Promise<InvocationResult>;
	/** Makes the calls that wait for an environment. */
	pump(): void;
	/** Calls that wait for an environment. */
	readonly demand: () => number;
	/** Those that wait are given up. */
	stop(): void;
}

export function createDirectCall(options: {
	readonly pool: EnvironmentPool;
	readonly source: FunctionRef;
	readonly onEvent: OnLocalEvent | undefined;
}): DirectCall {
	const { pool, source, onEvent } = options;
	let waiting: { readonly event: unknown; readonly resolve: (result: InvocationResult) => void }[] = [];

	function pump(): void {
		for (let [next] = waiting; next !== undefined; [next] = waiting) {
			const environment = pool.take();
			if (environment === undefined) {
				pool.want();
				return;
			}
			waiting.shift();
			const { event, resolve } = next;
			const { requestId, startedAtMs, result } = environment.invoke(event);
			const about = { ...source, requestId, pid: environment.pid };
			onEvent?.({ type: "invocation-started", ...about, messageIds: [] });
			void result.then((outcome) => {
				const durationMs = Date.now() - startedAtMs;
				const end = { end: outcome.kind, durationMs, records: 0, failed: 0 };
				const why = outcome.kind === "ok" ? {} : { error: outcome.error };
				onEvent?.({ type: "invocation-finished", ...about, ...end, ...why });
				pool.release(environment);
				resolve(outcome);
			});
		}
	}

	return {
		call: (event) =>
			new Promise((resolve) => {
				waiting.push({ event, resolve });
				pump();
			}),
		pump,
		demand: () => waiting.length,
		stop() {
			for (const { resolve } of waiting) resolve({ kind: "error", error: "The local stack stopped." });
			waiting = [];
		},
	};
}
