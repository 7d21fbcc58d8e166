/** The observability stores in memory, with a clock that a test sets. */
import { createClosureStore } from "../../../lambdas/jobs/observability/closure-store.ts";
import { createMonitoringStore } from "../../../lambdas/jobs/observability/monitoring-store.ts";
import { type EpochMs, epochMs, parseIso } from "../../../shared/job/index.ts";
import { createMemoryTable } from "./memory-table.ts";

export function setupStore(start = "2026-11-20T09:00:00Z", pause?: () => Promise<void>) {
	const table = createMemoryTable(pause);
	let now = at(start);
	const clock = () => now;
	return {
		table,
		store: { ...createMonitoringStore(table, clock), ...createClosureStore(table, clock) },
		setNow: (text: string) => {
			now = at(text);
		},
	};
}

export function at(text: string): EpochMs {
	const instant = parseIso(text);
	if (instant === undefined) throw new Error(`${text} names no instant`);
	return instant;
}

export const minutesAfter = (instant: EpochMs, minutes: number): EpochMs => epochMs(instant + minutes * 60_000);
