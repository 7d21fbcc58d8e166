/** Tells a team's hooks how an attempt ended. Whatever they do, the run stands as it was settled. */

import type { HookedAttempt, WorkerHooks } from "../job/hooks.ts";
import type { PerformingRun, SettledRun } from "../ports/job-store.ts";
import { durationMsOf } from "../ports/run-duration.ts";
import type { TracingOptions } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { spanOfLeg } from "./trail.ts";
import type { WorkerParts } from "./worker-parts.ts";

export const hookedAttempt = (
	tracing: TracingOptions | undefined,
	run: Pick<PerformingRun, "id" | "job" | "createdAt" | "generation" | "attempts" | "leg" | "tenant">,
	message: JobMessage,
): HookedAttempt => ({
	runId: run.id,
	job: run.job,
	attempt: run.attempts,
	leg: run.leg ?? 1,
	tenant: run.tenant,
	headers: message.headers ?? {},
	trace: spanOfLeg(tracing, message, run).traceparent,
});

/** The run has ended: whoever hangs now holds up its neighbours in the batch. */
const hookMsMax = 5_000;

/** Never rejects. */
export async function tellHooks(
	{ clock, hooks, telemetry, tracing }: Pick<WorkerParts, "clock" | "hooks" | "telemetry" | "tracing">,
	message: JobMessage,
	record: SettledRun,
	/** Whether `before` was called for this attempt: without it there is no `after`. */
	began: boolean,
): Promise<void> {
	if (hooks === undefined || record.state === "LEG") return;
	const attempt = hookedAttempt(tracing, record, message);
	const tell = async (hook: keyof WorkerHooks, call: () => unknown): Promise<void> => {
		const ended = new AbortController();
		try {
			const late = clock.sleep(hookMsMax, ended.signal).then(() => {
				if (!ended.signal.aborted) throw new Error(`it did not end within ${hookMsMax / 1000} s`);
			});
			await Promise.race([call(), late]);
		} catch (error) {
			const why = error instanceof Error ? error.message : "it threw what is no Error";
			telemetry.emit({ event: "hook.failed", hook, runId: record.id, job: record.job, attempt: record.attempts, why });
		} finally {
			ended.abort("ended");
		}
	};
	if (record.state === "RETRY") {
		const { error, nextAttemptAt } = record;
		await tell("retry", () => hooks.retry?.(attempt, { error, nextAttemptAt: new Date(nextAttemptAt) }));
	}
	if (record.state === "FAILURE") {
		const { error, reason } = record;
		await tell("failure", () => hooks.failure?.(attempt, { reason, error }));
	}
	const { state } = record;
	if (began) await tell("after", () => hooks.after?.(attempt, { state, durationMs: durationMsOf(record) }));
}
