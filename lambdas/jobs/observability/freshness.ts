/** Which watched tables are stale, decided from what is known of them and the time. */
import { type EpochMs, toIso } from "../../../shared/job/index.ts";
import { type ChangeKind, changeKinds } from "../../../shared/jobs/observability/fields.ts";
import type { WatchedTable } from "./store/watched-tables.ts";

export interface StaleChange {
	readonly table: string;
	readonly change: ChangeKind;
	readonly last_at: string | null;
	readonly age_minutes: number;
	readonly expected_age_minutes: number;
	readonly overdue_minutes: number;
}

const MS_PER_MINUTE = 60_000;

/** All pairs of table and change that have an expected age, and those that are older; the most overdue first. */
export function findStale(
	tables: readonly WatchedTable[],
	now: EpochMs,
): { readonly checked: number; readonly stale: readonly StaleChange[] } {
	const watched = tables.flatMap((table) =>
		changeKinds.flatMap((change) => {
			const { lastAt, expectedAgeMinutes, watchedSince } = table.changes[change];
			if (expectedAgeMinutes === undefined) return [];
			// A change that never happened is as old as the wish to see it.
			const age_minutes = (now - (lastAt ?? watchedSince ?? now)) / MS_PER_MINUTE;
			return [
				{
					table: table.table,
					change,
					last_at: lastAt === undefined ? null : toIso(lastAt),
					age_minutes,
					expected_age_minutes: expectedAgeMinutes,
					overdue_minutes: age_minutes - expectedAgeMinutes,
				},
			];
		}),
	);
	const stale = watched.filter((change) => change.overdue_minutes > 0);
	return {
		checked: watched.length,
		stale: stale.sort((left, right) => right.overdue_minutes - left.overdue_minutes),
	};
}
