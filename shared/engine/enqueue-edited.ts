/**
 * A message that was sent before, with another input: what a redrive after a mistake of the producer sends. The same run, and every other
 * field as it was. Pure; the caller puts the blobs. Promises: what it returns passes contract v1 and the job's input schema.
 */
import { runId } from "../kernel/ids.ts";
import { toMessageText, utf8Bytes } from "../kernel/json.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import { type InputReference, inputReferenceSchema } from "../wire/job-message.ts";
import { type BuiltMessage, checkMessage, checkSendable, findJob, type JobDirectory } from "./enqueue.ts";

export interface EditRequest {
	readonly catalogue: JobDirectory;
	/** The message's fields as they were, with its id. */
	readonly fields: Readonly<Record<string, unknown>>;
	/** The input as it was; `undefined` when it can't be read any more. */
	readonly was: unknown;
	readonly input: unknown;
}

export interface EditedMessage extends Pick<BuiltMessage, "message" | "inputJson"> {
	/** To be put before the message is sent: the input that it was first sent with. Absent when it lies there already. */
	readonly original?: { readonly key: string; readonly text: string };
}

/**
 * @throws MillraceError `unknown-job`, `invalid-input`, `message-too-deep`, `message-forbidden-key`, `message-ill-formed-text`,
 * `message-too-large`, `message-invalid-field`: nothing is sent then.
 */
export function editMessage({ catalogue, fields, was, input: edited }: EditRequest): EditedMessage {
	const job = findJob(catalogue, typeof fields["job"] === "string" ? fields["job"] : "");
	const { input, inputJson } = checkSendable(job, edited);
	const { inputRef, ...rest } = fields;
	const kept = referenceOf(rest["originalInput"]) ?? referenceOf(inputRef);
	const wasJson = kept === undefined ? toMessageText(was ?? {}) : "";
	const originalInput = kept ?? { key: `inputs/${sha256Hex(wasJson)}.json`, bytes: utf8Bytes(wasJson) };
	const message = checkMessage({ ...rest, job: job.name, input, originalInput }, job.name);
	return {
		message: { ...message, id: runId(message.id) },
		inputJson,
		...(kept === undefined ? { original: { key: originalInput.key, text: wasJson } } : {}),
	};
}

function referenceOf(value: unknown): InputReference | undefined {
	const parsed = inputReferenceSchema.safeParse(value);
	return parsed.success ? parsed.data : undefined;
}
