/** A dead letter as it lies in the queue, read as far as it can be read: a body may be anything. */
import { RUN_ID_PATTERN } from "../../kernel/ids.ts";
import type { ReceivedMessage } from "../../ports/queue-operator.ts";
import { deadLetterAttributes, deadLetterErrorSchema, movedBodySchema } from "../../wire/dead-letter.ts";
import { type InputReference, inputReferenceSchema } from "../../wire/job-message.ts";

export interface Letter {
	readonly messageId: string;
	readonly receiptHandle: string;
	readonly body: string;
	/** The message's own fields; empty when the body is no JSON object. */
	readonly fields: Readonly<Record<string, unknown>>;
	/** Set when the body was too large to lie beside its attributes: where the original is. */
	readonly movedTo: string | undefined;
	readonly inputRef: InputReference | undefined;
	/** Where the input lies that the run was first sent with; set by a redrive with another input. */
	readonly originalInput: InputReference | undefined;
	readonly runId: string | undefined;
	/** Whether the body itself names the run, soundly and as its letter does, so that a letter of it that comes back is recognised. */
	readonly pinned: boolean;
	readonly job: string | undefined;
	/** An error code, or `receive-limit` for a letter that SQS itself moved here. */
	readonly reason: string;
	readonly excType: string | undefined;
	readonly excMessage: string | undefined;
	readonly traceback: string | undefined;
	readonly attempts: number | undefined;
	/** ISO 8601: when the engine gave up, else when the message was sent. */
	readonly failedAt: string;
}

/** Why a letter without our attributes is here: no worker lived long enough to claim it. */
export const RECEIVE_LIMIT = "receive-limit";

export function readLetter(message: ReceivedMessage): Letter {
	const attribute = (name: string): string | undefined => message.attributes[name];
	const fields = parseFields(message.body) ?? {};
	const error = deadLetterErrorSchema.safeParse(parseFields(attribute(deadLetterAttributes.error) ?? ""));
	const moved = movedBodySchema.safeParse(fields);
	const attempts = Number(attribute(deadLetterAttributes.attempts) ?? Number.NaN);
	return {
		messageId: message.messageId,
		receiptHandle: message.receiptHandle,
		body: message.body,
		fields,
		movedTo: moved.success ? moved.data.key : undefined,
		inputRef: referenceOf(fields["inputRef"]),
		originalInput: referenceOf(fields["originalInput"]),
		runId: attribute(deadLetterAttributes.runId) ?? textOf(fields["id"]),
		pinned: names(fields["id"], attribute(deadLetterAttributes.runId)),
		job: attribute(deadLetterAttributes.job) ?? textOf(fields["job"]),
		reason: attribute(deadLetterAttributes.reason) ?? RECEIVE_LIMIT,
		excType: error.success ? error.data.exc_type : undefined,
		excMessage: error.success ? error.data.exc_message : undefined,
		traceback: error.success ? error.data.traceback : undefined,
		attempts: Number.isInteger(attempts) ? attempts : undefined,
		failedAt: attribute(deadLetterAttributes.failedAt) ?? message.sentAt,
	};
}

/** The JSON object in a text, if it is one. */
export function parseFields(text: string): Readonly<Record<string, unknown>> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
	} catch {
		return undefined;
	}
}

export function referenceOf(value: unknown): InputReference | undefined {
	const reference = inputReferenceSchema.safeParse(value);
	return reference.success ? reference.data : undefined;
}

/** An id that no worker takes names nothing: the engine called that run by its SQS message id, another one each time. */
function names(id: unknown, runId: string | undefined): boolean {
	return typeof id === "string" && RUN_ID_PATTERN.test(id) && (runId === undefined || id === runId);
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
