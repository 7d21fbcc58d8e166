/** Looks over all watched tables for inserts, updates or soft deletes that are older than expected, and keeps one open alert for each. */
import * as z from "zod/mini";
import { observability } from "../../catalogue/queues.ts";
import { defineJob, rateLimit, retryPolicy } from "../../job/index.ts";
import { changeKind, count, tableName } from "./fields.ts";

/** The result lists at most this many; the alerts in the table are all of them. */
export const STALE_LISTED_MAX = 100;

export const freshnessCheckTask = defineJob({
	name: "freshness_check_task",
	description: "Finds tables whose last insert, update or soft delete is older than expected.",
	queueClass: observability,
	input: z.strictObject({}),
	output: z.strictObject({
		/** Pairs of table and kind of change that have an expected age. */
		checked: count,
		stale_count: count,
		/** Alerts that were open before and are no more. */
		resolved_count: count,
		/** The most overdue first. */
		stale: z.array(
			z.strictObject({
				table: tableName,
				change: changeKind,
				/** `null`: none was ever recorded; the age counts from the table's registration. */
				last_at: z.nullable(z.string()),
				age_minutes: z.number(),
				expected_age_minutes: z.number(),
				overdue_minutes: z.number(),
			}),
		),
	}),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 60 }),
	rateLimit: rateLimit("1/s"),
});
