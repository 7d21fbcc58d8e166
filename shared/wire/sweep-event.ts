/** The event of the sweeper's function: made by the infrastructure, kept in its schedule. */
import * as z from "zod/mini";
import { platformAddressSchema } from "./platform-address.ts";
import { storedScheduleSchema } from "./schedule-definition.ts";

export const sweepEventSchema = z.strictObject({
	/** As operators know it, with the mappings. */
	address: platformAddressSchema,
	/** The queue class of each job, by wire name and by every alias. */
	jobs: z.record(z.string(), z.string()),
	/** Those of the catalogue that tick. Absent from a schedule that was deployed before there were any. */
	schedules: z.optional(
		z.array(
			z.strictObject({
				...storedScheduleSchema.def.shape,
				name: z.string(),
				queueClass: z.string(),
				enabled: z.boolean(),
			}),
		),
	),
});
export type SweepEvent = z.infer<typeof sweepEventSchema>;
