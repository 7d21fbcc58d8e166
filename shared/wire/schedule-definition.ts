/** A schedule that was made at run time, as the registry keeps it and as API and command line take it. */
import * as z from "zod/mini";
import { CATCH_UP_SECONDS_MAX } from "../kernel/limits.ts";

const seconds = z.int().check(z.gte(0), z.lte(CATCH_UP_SECONDS_MAX));

export const scheduleRuleSchema = z.discriminatedUnion("kind", [
	z.strictObject({ kind: z.literal("cron"), cron: z.string().check(z.maxLength(200)), timeZone: z.string() }),
	z.strictObject({ kind: z.literal("every"), everySeconds: z.int() }),
]);

export const overlapSchema = z.enum(["skip", "queue", "allow", "cancel-other"]);

export const storedScheduleSchema = z.strictObject({
	job: z.string(),
	input: z.unknown(),
	rule: scheduleRuleSchema,
	overlap: overlapSchema,
	catchUp: z.strictObject({ windowSeconds: seconds, runs: z.enum(["latest", "all"]) }),
	tenant: z.optional(z.string()),
	priority: z.optional(z.int().check(z.gte(0), z.lte(9))),
});
export type StoredSchedule = z.infer<typeof storedScheduleSchema>;
