/**
 * What of a catalogue can be written down: names, classes, limits and schedules, without schemas and rules that are code. For a function that is
 * the platform's own, and so can't import the team's catalogue.
 */
import * as z from "zod/mini";
import { storedScheduleSchema } from "./schedule-definition.ts";

const rate = { count: z.number(), periodSeconds: z.number(), burst: z.number() };

export const catalogueCardSchema = z.strictObject({
	workerGroups: z.array(
		z.strictObject({
			name: z.string(),
			queueClasses: z.array(
				z.strictObject({
					name: z.string(),
					promise: z.string(),
					priorities: z.optional(z.strictObject({ from: z.int(), to: z.int() })),
					breaker: z.union([
						z.literal(false),
						z.strictObject({
							failuresMin: z.number(),
							ratio: z.number(),
							windowSeconds: z.number(),
							openSeconds: z.number(),
							openSecondsMax: z.number(),
						}),
					]),
				}),
			),
		}),
	),
	jobs: z.array(
		z.strictObject({
			name: z.string(),
			aliases: z.array(z.string()),
			description: z.string(),
			queueClass: z.string(),
			rateLimit: z.optional(z.strictObject({ ...rate, per: z.optional(z.string()), name: z.optional(z.string()) })),
		}),
	),
	/** Each with the class that the catalogue's rules send it through. */
	schedules: z.array(
		z.strictObject({
			...storedScheduleSchema.def.shape,
			name: z.string(),
			queueClass: z.string(),
			enabled: z.boolean(),
		}),
	),
});
export type CatalogueCard = z.infer<typeof catalogueCardSchema>;

/** Name of the file in a bundle's folder. */
export const CATALOGUE_CARD_FILE = "catalogue.json";
