/**
 * A message that no retry can mend: recorded as a failed run where it can be named, dead-lettered with the reason, acknowledged.
 * Its body goes to the dead-letter queue whole; the id and the next generation are pinned in it when it is readable, so that it can be
 * redriven as the same run once the cause is mended.
 */
import type { ErrorCode } from "../kernel/errors.ts";
import { fence, type RunId, runId, runIdFromKey, runIdFromMessageId } from "../kernel/ids.ts";
import { cutToBytes, toMessageText, utf8Bytes } from "../kernel/json.ts";
import { RUN_RETENTION_SECONDS, SQS_MESSAGE_BYTES_MAX } from "../kernel/limits.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import { plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import type { Claim, ClaimResult, RunError } from "../ports/job-store.ts";
import { deadLetterAttributesOf } from "./next-messages.ts";
import type { Refusal } from "./parse-message.ts";
import { type Send, throwUnsent } from "./send-next.ts";
import type { DeliveredMessage, WorkerParts } from "./worker-parts.ts";

export interface RefusalContext {
	readonly parts: Pick<WorkerParts, "blobs" | "clock" | "random" | "telemetry">;
	readonly claim: (claim: Claim) => Promise<ClaimResult>;
	readonly send: Send;
	/** Where the message came from: its dead-letter queue takes it. */
	readonly queueClass: string;
}

/**
 * @param jobName the job's current name where it is known, so that an alias names the same run.
 * @throws MillraceError `store-failed`, `send-failed`, `blob-failed`: then the message is kept and refused again.
 */
export async function refuseMessage(
	context: RefusalContext,
	delivered: DeliveredMessage,
	refusal: Refusal,
	jobName: string | undefined,
): Promise<void> {
	const { parts } = context;
	const now = parts.clock.now();
	const job = jobName ?? refusal.readable?.job ?? "(unknown)";
	const id = nameRun(delivered, refusal, job);
	const error: RunError = {
		excType: refusal.reason,
		excMessage: cutToBytes(refusal.message, 600),
		errorClass: "validation",
	};
	// A conflicting id belongs to another run: its row is not ours to write.
	if (refusal.reason !== "run-id-conflict")
		await recordFailure(context, delivered, id, cutToBytes(job, 100), refusal.reason, error);

	const attributes = deadLetterAttributesOf({
		reason: refusal.reason,
		error: { exc_type: refusal.reason, exc_message: refusal.message },
		attempts: 0,
		runId: id,
		job,
		failedAt: now,
	});
	const body = await fitBody(parts, pinRun(delivered.body, refusal, id), attributes);
	throwUnsent([await context.send({ queueClass: context.queueClass, queue: "dead-letter" }, { body, attributes })]);
	parts.telemetry.emit({
		event: "message.refused",
		messageId: delivered.messageId,
		reason: refusal.reason,
		problem: refusal.message,
		job,
		runId: id,
	});
}

function nameRun(delivered: DeliveredMessage, refusal: Refusal, job: string): RunId {
	const { readable } = refusal;
	if (readable?.id !== undefined) return runId(readable.id);
	if (readable?.key !== undefined && readable.job !== undefined) return runIdFromKey(job, readable.key);
	return runIdFromMessageId(delivered.messageId);
}

/** Creates the row if there is none: whatever stands there under this id already is left alone. */
async function recordFailure(
	context: RefusalContext,
	delivered: DeliveredMessage,
	id: RunId,
	job: string,
	reason: ErrorCode,
	error: RunError,
): Promise<void> {
	const now = context.parts.clock.now();
	await context.claim({
		expect: { kind: "absent" },
		record: {
			state: "FAILURE",
			id,
			job,
			generation: 1,
			attempts: 0,
			carrier: delivered.messageId,
			retriesMax: 0,
			createdAt: now,
			startedAt: now,
			endedAt: now,
			expiresAt: toEpochSeconds(plusSeconds(now, RUN_RETENTION_SECONDS)),
			settledBy: fence(context.parts.random.token()),
			reason,
			error,
		},
	});
}

/** The body with the run's id and next generation in it, when that changes no field that was given. */
function pinRun(body: string, refusal: Refusal, id: RunId): string {
	const fields = refusal.readable?.fields;
	if (fields === undefined || refusal.reason === "run-id-conflict") return body;
	if (fields["id"] !== undefined && fields["id"] !== id) return body;
	const { attempt: _attempt, hops: _hops, ...rest } = fields;
	const given = typeof fields["generation"] === "number" ? fields["generation"] : 1;
	return toMessageText({ ...rest, id, generation: Number.isSafeInteger(given) && given > 0 ? given + 1 : 2 });
}

/** A body that no longer fits SQS beside its attributes is set aside in the bucket, and a note that says where takes its place. */
async function fitBody(
	parts: RefusalContext["parts"],
	body: string,
	attributes: Readonly<Record<string, string>>,
): Promise<string> {
	const attributeBytes = Object.entries(attributes).reduce(
		(sum, [name, value]) => sum + utf8Bytes(name) + utf8Bytes(value) + 6,
		0,
	);
	const bytes = utf8Bytes(body);
	if (bytes + attributeBytes <= SQS_MESSAGE_BYTES_MAX) return body;
	const key = `dead-letters/${sha256Hex(body)}`;
	await parts.blobs.put(key, body);
	return toMessageText({ millrace: "moved-body", key, bytes });
}
