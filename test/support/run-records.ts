/** Rows of runs, consistent with their state, for tests that read them. All instants lie on 2026-11-20 (UTC). */
import { fence, runId } from "../../shared/kernel/ids.ts";
import { epochMs, epochSeconds } from "../../shared/kernel/time.ts";
import type { PerformingRun, RunError, RunRecord, SettledRun, Settlement } from "../../shared/ports/job-store.ts";

const at = (clock: string) => epochMs(Date.parse(`2026-11-20T${clock}Z`));

const base = {
	id: runId("r-1"),
	job: "send_invoice",
	generation: 1,
	attempts: 1,
	carrier: "m-1",
	retriesMax: 3,
	createdAt: at("09:00:00"),
	startedAt: at("09:00:10"),
	expiresAt: epochSeconds(at("09:00:10") / 1000 + 86_400),
};

type Common = Partial<Pick<RunRecord, "generation" | "attempts" | "tenant" | "job" | "retriesMax">>;

export const started = (common: Common = {}): PerformingRun => ({
	...base,
	...common,
	state: "STARTED",
	fence: fence("f-1"),
	leaseUntil: at("09:01:10"),
});

export const settled = (settlement: Settlement, common: Common = {}): SettledRun => ({
	...base,
	...common,
	settledBy: fence("f-1"),
	...settlement,
});

export const tenPastNine = at("09:10:00");
export const twelveSecondsOn = at("09:00:12.345");

export const connectionTimeout: RunError = {
	excType: "DatabaseError",
	excMessage: "Connection timeout",
	errorClass: "database",
};

export const succeeded = (json: string, common: Common = {}): SettledRun =>
	settled({ state: "SUCCESS", endedAt: twelveSecondsOn, result: { kind: "inline", json }, followUps: [] }, common);
