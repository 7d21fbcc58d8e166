/** The telemetry event of a run that ended or retries. */

import type { SettledRun } from "../ports/job-store.ts";
import { durationMsOf } from "../ports/run-duration.ts";
import type { Telemetry } from "../ports/telemetry.ts";

export function emitEnded(telemetry: Telemetry, run: SettledRun): void {
	const about = { runId: run.id, job: run.job, attempt: run.attempts };
	switch (run.state) {
		case "RETRY":
			telemetry.emit({
				event: "attempt.retried",
				...about,
				...run.error,
				delayMs: run.nextAttemptAt - run.endedAt,
				durationMs: durationMsOf(run),
			});
			return;
		case "LEG":
			telemetry.emit({ event: "leg.ended", ...about, leg: run.nextLeg - 1 });
			return;
		case "FAILURE":
			telemetry.emit({
				event: "run.settled",
				state: run.state,
				reason: run.reason,
				...about,
				...run.error,
				durationMs: durationMsOf(run),
			});
			return;
		case "SUCCESS":
			if (run.cachedFrom !== undefined) telemetry.emit({ event: "cache.hit", from: run.cachedFrom, ...about });
			telemetry.emit({ event: "run.settled", state: run.state, ...about, durationMs: durationMsOf(run) });
			return;
		case "REVOKED":
		case "SKIPPED":
			telemetry.emit({
				event: "run.settled",
				state: run.state,
				reason: run.reason,
				...about,
				durationMs: durationMsOf(run),
			});
	}
}
