/**
 * Sets what is expected of a pipeline: how its anomalies are found, how long it may take, how fresh its tables must be. Ours: Watcher
 * had a web form. A pipeline that was never registered has the anomaly defaults and no other expectations.
 */
import * as z from "zod/mini";
import { observability } from "../../catalogue/queues.ts";
import { defineJob, retryPolicy } from "../../job/index.ts";
import { anomalySettingsSchema } from "./anomaly.ts";
import { count, minutes, pipelineId, tableName } from "./fields.ts";

export const timelinessSettingsSchema = z.strictObject({
	max_duration_minutes: z.optional(minutes),
	expected_every_minutes: z.optional(minutes),
});
export type TimelinessSettings = z.output<typeof timelinessSettingsSchema>;

export const pipelineRegisterTask = defineJob({
	name: "pipeline_register_task",
	description: "Sets what is expected of a pipeline and its tables; replaces what was set before.",
	queueClass: observability,
	input: z.strictObject({
		pipeline_id: pipelineId,
		name: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
		anomaly: z.optional(anomalySettingsSchema),
		timeliness: z.optional(timelinessSettingsSchema),
		tables: z.optional(
			z
				.array(
					z.strictObject({
						table: tableName,
						insert_age_minutes: z.optional(minutes),
						update_age_minutes: z.optional(minutes),
						soft_delete_age_minutes: z.optional(minutes),
					}),
				)
				.check(
					z.maxLength(100),
					z.describe("Expected ages; a kind of change without one is not watched. At most 100."),
				),
		),
	}),
	output: z.strictObject({ pipeline_id: pipelineId, tables: count }),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 60 }),
});
