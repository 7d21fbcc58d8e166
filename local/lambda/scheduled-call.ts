/** Calls a function at a steady rate, as EventBridge Scheduler does. The first call comes when the first interval is over. */
import type { SchedulePlan } from "../assembly/read-schedule.ts";
import type { FunctionRef, OnLocalEvent } from "../local-event.ts";
import type { InvocationResult } from "./environment.ts";
import type { EnvironmentPool } from "./environment-pool.ts";

export interface ScheduledCall {
	readonly plan: SchedulePlan;
	/** Calls now, beside the schedule. Resolves when the invocation has ended. */
	call(): Promise<InvocationResult>;
	/** Makes the calls that wait for an environment. */
	pump(): void;
	/** Calls that wait for an environment. */
	readonly demand: () => number;
	/** Calls no more; those that wait are given up. */
	stop(): void;
}

export function createScheduledCall(options: {
	readonly plan: SchedulePlan;
	readonly pool: EnvironmentPool;
	readonly source: FunctionRef;
	readonly onEvent: OnLocalEvent | undefined;
}): ScheduledCall {
	const { plan, pool, source, onEvent } = options;
	let waiting: ((result: InvocationResult) => void)[] = [];

	function pump(): void {
		while (waiting.length > 0) {
			const environment = pool.take();
			if (environment === undefined) {
				pool.want();
				return;
			}
			const resolve = waiting.shift();
			const { requestId, startedAtMs, result } = environment.invoke(plan.event);
			const about = { ...source, requestId, pid: environment.pid };
			onEvent?.({ type: "invocation-started", ...about, messageIds: [] });
			void result.then((outcome) => {
				const durationMs = Date.now() - startedAtMs;
				const end = { end: outcome.kind, durationMs, records: 0, failed: 0 };
				const why = outcome.kind === "ok" ? {} : { error: outcome.error };
				onEvent?.({ type: "invocation-finished", ...about, ...end, ...why });
				pool.release(environment);
				resolve?.(outcome);
			});
		}
	}
	function call(): Promise<InvocationResult> {
		return new Promise((resolve) => {
			waiting.push(resolve);
			pump();
		});
	}

	const timer = setInterval(() => void call(), plan.everySeconds * 1000);
	timer.unref();
	return {
		plan,
		call,
		pump,
		demand: () => waiting.length,
		stop() {
			clearInterval(timer);
			for (const resolve of waiting) resolve({ kind: "error", error: "The local stack stopped." });
			waiting = [];
		},
	};
}
