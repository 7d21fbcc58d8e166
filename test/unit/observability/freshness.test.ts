/** Which tables are stale, at nine o'clock. */
import { expect, test } from "vitest";
import { findStale } from "../../../lambdas/jobs/observability/freshness.ts";
import type { WatchedTable } from "../../../lambdas/jobs/observability/store/watched-tables.ts";
import { at } from "../../support/observability/setup-store.ts";

const now = at("2026-11-20T09:00:00Z");
const table = (name: string, changes: Partial<WatchedTable["changes"]>): WatchedTable => ({
	table: name,
	changes: { insert: {}, update: {}, "soft-delete": {}, ...changes },
});

test("a change is stale when it is older than expected, and only then", () => {
	const tables = [
		table("orders", {
			insert: { lastAt: at("2026-11-20T08:00:00Z"), expectedAgeMinutes: 60 },
			update: { lastAt: at("2026-11-20T07:30:00Z"), expectedAgeMinutes: 60 },
		}),
	];
	expect(findStale(tables, now)).toEqual({
		checked: 2,
		stale: [
			{
				table: "orders",
				change: "update",
				last_at: "2026-11-20T07:30:00.000Z",
				age_minutes: 90,
				expected_age_minutes: 60,
				overdue_minutes: 30,
			},
		],
	});
});

test("a change that never happened is as old as the expectation", () => {
	const watchedSince = at("2026-11-20T00:00:00Z");
	const tables = [table("orders", { "soft-delete": { expectedAgeMinutes: 480, watchedSince } })];
	expect(findStale(tables, now).stale).toEqual([
		{
			table: "orders",
			change: "soft-delete",
			last_at: null,
			age_minutes: 540,
			expected_age_minutes: 480,
			overdue_minutes: 60,
		},
	]);
});

test("changes without an expected age are not watched", () => {
	expect(findStale([table("orders", { insert: { lastAt: at("2020-01-01T00:00:00Z") } })], now)).toEqual({
		checked: 0,
		stale: [],
	});
});

test("the most overdue stands first", () => {
	const stale = (name: string, expectedAgeMinutes: number) =>
		table(name, { insert: { lastAt: at("2026-11-20T06:00:00Z"), expectedAgeMinutes } });
	const found = findStale([stale("a", 120), stale("b", 60), stale("c", 90)], now).stale;
	expect(found.map(({ table: name, overdue_minutes }) => [name, overdue_minutes])).toEqual([
		["b", 120],
		["c", 90],
		["a", 60],
	]);
});
