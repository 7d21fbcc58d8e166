/** Calls a function at a steady rate, as EventBridge Scheduler does. The first call comes when the first interval is over. */
import type { SchedulePlan } from "../assembly/read-schedule.ts";
import type { FunctionRef, OnLocalEvent } from "../local-event.ts";
import { createDirectCall, type DirectCall } from "./direct-call.ts";
import type { InvocationResult } from "./environment.ts";
import type { EnvironmentPool } from "./environment-pool.ts";

export interface ScheduledCall extends Omit<DirectCall, "call"> {
	readonly plan: SchedulePlan;
	/** Calls now, beside the schedule. Resolves when the invocation has ended. */
	call(): Promise<InvocationResult>;
}

export function createScheduledCall({
	plan,
	...options
}: {
	readonly plan: SchedulePlan;
	readonly pool: EnvironmentPool;
	readonly source: FunctionRef;
	readonly onEvent: OnLocalEvent | undefined;
}): ScheduledCall {
	const direct = createDirectCall(options);
	const call = (): Promise<InvocationResult> => direct.call(plan.event);
	const timer = setInterval(() => void call(), plan.everySeconds * 1000);
	timer.unref();
	return {
		...direct,
		plan,
		call,
		stop() {
			clearInterval(timer);
			direct.stop();
		},
	};
}
