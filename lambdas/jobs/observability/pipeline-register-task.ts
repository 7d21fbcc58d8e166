/** Stores what is expected of a pipeline and of its tables; of tables that it no longer names it expects nothing more. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import type { pipelineRegisterTask } from "../../../shared/jobs/observability/pipeline-register-task.ts";
import type { MonitoringStore } from "./monitoring-store.ts";
import { defaultAnomalySettings } from "./store/pipelines.ts";

export function registerPipeline(store: MonitoringStore): JobImplementation<typeof pipelineRegisterTask> {
	return async (input) => {
		const { pipeline_id, tables = [] } = input;
		const now = store.now();
		const known = await store.pipelines.find(pipeline_id);
		const names = tables.map(({ table }) => table);
		for (const name of known?.tables ?? []) {
			if (!names.includes(name)) await store.tables.expect(name, pipeline_id, {}, now);
		}
		for (const { table, insert_age_minutes, update_age_minutes, soft_delete_age_minutes } of tables) {
			await store.tables.expect(
				table,
				pipeline_id,
				{
					...(insert_age_minutes === undefined ? {} : { insert: insert_age_minutes }),
					...(update_age_minutes === undefined ? {} : { update: update_age_minutes }),
					...(soft_delete_age_minutes === undefined ? {} : { "soft-delete": soft_delete_age_minutes }),
				},
				now,
			);
		}
		await store.pipelines.save({
			pipeline: pipeline_id,
			...(input.name === undefined ? {} : { name: input.name }),
			registeredAt: known?.registeredAt ?? now,
			anomaly: input.anomaly ?? defaultAnomalySettings,
			timeliness: input.timeliness ?? {},
			tables: names,
		});
		return { pipeline_id, tables: names.length };
	};
}
