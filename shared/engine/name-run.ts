/**
 * Which run a message is about: the id it gives, else computed from job and key, else from schedule and scheduled time, else the SQS message
 * id, which a redelivery keeps.
 */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { type RunId, runId, runIdFromKey, runIdFromMessageId, runIdOfTick } from "../kernel/ids.ts";
import { parseIso } from "../kernel/time.ts";
import type { JobMessage } from "../wire/job-message.ts";
import type { ParsedMessage, Refusal } from "./parse-message.ts";
import type { DeliveredMessage } from "./worker-parts.ts";

export function runIdOf(job: JobDefinition, message: JobMessage, delivered: DeliveredMessage): RunId {
	if (message.id !== undefined) return runId(message.id);
	if (message.key !== undefined) return runIdFromKey(job.name, message.key);
	const tick = tickIdOf(message.schedule);
	if (tick !== undefined) return tick;
	return runIdFromMessageId(delivered.messageId);
}

/** Messages with the same name are about the same run; what can't be read stands alone. */
export function nameMessage(
	catalogue: Pick<Catalogue, "findJob">,
	delivered: DeliveredMessage,
	parsed: ParsedMessage,
): string {
	if (parsed.refused) return delivered.messageId;
	const job = catalogue.findJob(parsed.message.job);
	return job === undefined ? delivered.messageId : runIdOf(job, parsed.message, delivered);
}

/** The run of a message that could not be taken, as far as its body can be read. */
export function runIdOfRefused(delivered: DeliveredMessage, refusal: Refusal, job: string): RunId {
	const { readable } = refusal;
	if (readable?.id !== undefined) return runId(readable.id);
	if (readable?.key !== undefined && readable.job !== undefined) return runIdFromKey(job, readable.key);
	const tick = tickIdOf(readable?.fields["schedule"]);
	if (tick !== undefined) return tick;
	return runIdFromMessageId(delivered.messageId);
}

/** Of what may be anything: a body that is refused. */
function tickIdOf(schedule: unknown): RunId | undefined {
	if (typeof schedule !== "object" || schedule === null || !("name" in schedule) || !("at" in schedule))
		return undefined;
	const { name, at } = schedule;
	const instant = typeof at === "string" ? parseIso(at) : undefined;
	return typeof name === "string" && instant !== undefined ? runIdOfTick(name, instant) : undefined;
}
