/** What the schedule hands to the sweeper, as the Sweeper construct writes it. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { describeIssues } from "../../shared/wire/describe-issues.ts";
import { type SweepEvent, sweepEventSchema } from "../../shared/wire/sweep-event.ts";

/** @throws MillraceError `configuration-invalid` */
export function readSweepEvent(event: unknown): SweepEvent {
	const parsed = z.safeParse(sweepEventSchema, event);
	if (parsed.success) return parsed.data;
	throw new MillraceError(
		"configuration-invalid",
		`The sweeper must be called by its schedule, with the platform's address and jobs: ${describeIssues(parsed.error.issues, event, "event").join("; ")}. By hand: \`millrace sweep\`.`,
	);
}
