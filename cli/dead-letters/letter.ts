/** A dead letter as it lies in the queue, read as far as it can be read: a body may be anything. */
import { RUN_ID_PATTERN } from "../../shared/kernel/ids.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { deadLetterAttributes, deadLetterErrorSchema, movedBodySchema } from "../../shared/wire/dead-letter.ts";
import { type InputReference, inputReferenceSchema } from "../../shared/wire/job-message.ts";

export interface Letter {
	readonly messageId: string;
	readonly receiptHandle: string;
	readonly body: string;
	/** The message's own fields; empty when the body is no JSON object. */
	readonly fields: Readonly<Record<string, unknown>>;
	/** Set when the body was too large to lie beside its attributes: where the original is. */
	readonly movedTo: string | undefined;
	readonly inputRef: InputReference | undefined;
	readonly runId: string | undefined;
	/** Whether the body itself names the run, soundly and as its letter does, so that a letter of it that comes back is recognised. */
	readonly pinned: boolean;
	readonly job: string | undefined;
	/** An error code, or `receive-limit` for a letter that SQS itself moved here. */
	readonly reason: string;
	readonly excType: string | undefined;
	readonly excMessage: string | undefined;
	readonly attempts: number | undefined;
	/** ISO 8601: when the engine gave up, else when the message was sent. */
	readonly failedAt: string;
}

/** Why a letter without our attributes is here: no worker lived long enough to claim it. */
export const RECEIVE_LIMIT = "receive-limit";

export function readLetter(message: ReceivedMessage): Letter {
	const attribute = (name: string): string | undefined => message.attributes[name];
	const fields = parseObject(message.body);
	const error = deadLetterErrorSchema.safeParse(parseObject(attribute(deadLetterAttributes.error) ?? ""));
	const moved = movedBodySchema.safeParse(fields);
	const reference = inputReferenceSchema.safeParse(fields["inputRef"]);
	const attempts = Number(attribute(deadLetterAttributes.attempts) ?? Number.NaN);
	return {
		messageId: message.messageId,
		receiptHandle: message.receiptHandle,
		body: message.body,
		fields,
		movedTo: moved.success ? moved.data.key : undefined,
		inputRef: reference.success ? reference.data : undefined,
		runId: attribute(deadLetterAttributes.runId) ?? textOf(fields["id"]),
		pinned: names(fields["id"], attribute(deadLetterAttributes.runId)),
		job: attribute(deadLetterAttributes.job) ?? textOf(fields["job"]),
		reason: attribute(deadLetterAttributes.reason) ?? RECEIVE_LIMIT,
		excType: error.success ? error.data.exc_type : undefined,
		excMessage: error.success ? error.data.exc_message : undefined,
		attempts: Number.isInteger(attempts) ? attempts : undefined,
		failedAt: attribute(deadLetterAttributes.failedAt) ?? message.sentAt,
	};
}

/** Whether an id given by an operator names this letter: the SQS message's or the run's. */
export const isNamed = (letter: Letter, ids: readonly string[]): boolean =>
	ids.includes(letter.messageId) || (letter.runId !== undefined && ids.includes(letter.runId));

function parseObject(text: string): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
	} catch {
		return {};
	}
}

/** An id that no worker takes names nothing: the engine called that run by its SQS message id, another one each time. */
function names(id: unknown, runId: string | undefined): boolean {
	return typeof id === "string" && RUN_ID_PATTERN.test(id) && (runId === undefined || id === runId);
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
