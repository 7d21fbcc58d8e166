/** Compares the last changes of all watched tables with their expected ages and keeps the open alerts. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import { type freshnessCheckTask, STALE_LISTED_MAX } from "../../../shared/jobs/observability/freshness-check-task.ts";
import { findStale } from "./freshness.ts";
import type { MonitoringStore } from "./monitoring-store.ts";

export function checkFreshness(store: MonitoringStore): JobImplementation<typeof freshnessCheckTask> {
	return async (_input, context) => {
		const now = store.now();
		context.progress({ status: "Checking freshness…", current_step: "Reading the tables", progress: 10 });
		const { checked, stale } = findStale(await store.tables.list(), now);
		context.progress({ current_step: "Updating alerts", progress: 75 });
		const alerts = new Map(
			stale.map(({ table, change, last_at, expected_age_minutes }) => [
				`${table}#${change}`,
				{ table, change, last_at, expected_age_minutes },
			]),
		);
		const { opened, resolved } = await store.alerts.replace("freshness", alerts, now);
		const listed = stale.slice(0, STALE_LISTED_MAX);
		if (stale.length > 0) context.log.warn("Stale tables found", { stale_count: stale.length, opened, stale: listed });
		return { checked, stale_count: stale.length, resolved_count: resolved, stale: listed };
	};
}
