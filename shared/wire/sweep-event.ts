/** The event of the sweeper's function: made by the infrastructure, kept in its schedule. */
import * as z from "zod/mini";
import { platformAddressSchema } from "./platform-address.ts";

export const sweepEventSchema = z.strictObject({
	/** As operators know it, with the mappings. */
	address: platformAddressSchema,
	/** The queue class of each job, by wire name and by every alias. */
	jobs: z.record(z.string(), z.string()),
});
export type SweepEvent = z.infer<typeof sweepEventSchema>;
