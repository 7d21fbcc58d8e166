/** Steps 1 to 4: what a message asks for. What can't be understood is refused; no retry would help, since nothing about it can change. */
import type { JobDefinition } from "../job/define-job.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { Trail } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";
import type { CachedCall } from "./cache/cache-keys.ts";
import { runIdOf } from "./name-run.ts";
import type { Carried } from "./next-messages.ts";
import { type ParsedMessage, type Refusal, withReadable } from "./parse-message.ts";
import { readReferencedInput } from "./read-input.ts";
import { resolveJob } from "./resolve-job.ts";
import type { Scene } from "./scene.ts";
import { trailOf } from "./trail.ts";
import { validate } from "./validate-input.ts";
import type { DeliveredMessage } from "./worker-parts.ts";

export type Understood =
	| { readonly refused: true; readonly refusal: Refusal; readonly job?: JobDefinition }
	| { readonly refused: false; readonly carried: Carried; readonly call: CachedCall; readonly trail: Trail };

/** Deliveries that a message of a newer version gets: a deploy is over long before the last of them. */
const newerReceivesMax = 3;

/** @throws MillraceError `blob-failed`; why it is refused, where a newer worker may take it: the message is kept. */
export async function understandMessage(
	scene: Scene,
	delivered: DeliveredMessage,
	parsed: ParsedMessage,
): Promise<Understood> {
	if (parsed.refused) {
		const { perhapsNewer, reason, message } = parsed.refusal;
		if (perhapsNewer === true && delivered.receiveCount <= newerReceivesMax)
			throw new MillraceError(reason, `${message} A newer worker may have sent it: it is kept for one of those.`);
		return parsed;
	}
	const { parts, queueClass } = scene;
	const message = withSentAt(withTrace(parsed.message, delivered), delivered);
	const resolved = resolveJob(parts, queueClass, message);
	if (resolved.refused) return resolved;
	const { job } = resolved;
	const runId = runIdOf(job, message, delivered);
	const trail = trailOf({ runId, job: job.name, queueClass }, message, delivered);
	parts.telemetry.follow?.(trail);

	const refused = (refusal: Refusal): Understood => ({ refused: true, refusal: withReadable(refusal, message), job });
	const read =
		message.inputRef === undefined
			? { refused: false as const, input: message.input ?? {} }
			: await readReferencedInput(parts.blobs, message.inputRef);
	if (read.refused) return refused(read.refusal);
	const input = validate(job.input, read.input, "input");
	if (!input.valid) {
		const problems = input.problems.join("; ");
		return refused({ reason: "invalid-input", message: `The input does not fit job ${job.name}: ${problems}` });
	}
	const call = { sent: read.input, input: input.value, tenant: message.tenant };
	return { refused: false, carried: { job, queueClass, message, runId }, call, trail };
}

/** One that the producer's sender put beside the body is the message's own from its first delivery on. */
const withTrace = (message: JobMessage, { trace }: DeliveredMessage): JobMessage =>
	trace === undefined || message.trace !== undefined || message.hops !== undefined ? message : { ...message, trace };

/** It keeps when it was first sent while it waits. Nobody can have sent it later than it was sent now. */
const withSentAt = (message: JobMessage, delivered: DeliveredMessage): JobMessage => {
	if ((message.hops ?? 0) === 0) return { ...message, sentAt: delivered.sentAt };
	return message.sentAt === undefined ? message : { ...message, sentAt: Math.min(message.sentAt, delivered.sentAt) };
};
