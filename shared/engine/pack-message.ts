/** From a built message to the text that SQS is given, with a large input set aside as a claim check. Pure: the blob is put by the caller. */
import { MillraceError } from "../kernel/errors.ts";
import type { RunId } from "../kernel/ids.ts";
import { toMessageText, utf8Bytes } from "../kernel/json.ts";
import { INLINE_INPUT_BYTES_MAX, SQS_MESSAGE_BYTES_MAX } from "../kernel/limits.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import type { InputFolder, InputReference, JobMessage } from "../wire/job-message.ts";
import { messageGroupOf } from "../wire/message-group.ts";
import type { BuiltMessage } from "./enqueue.ts";

export interface PackedMessage {
	/** As it is sent: a large input is replaced by a reference to the blob. */
	readonly message: JobMessage & { readonly id: RunId };
	readonly body: string;
	/** To be put before the message is sent. */
	readonly blob?: { readonly key: string; readonly text: string };
	/** The tenant as SQS takes it for its fair queues; absent without a tenant. */
	readonly messageGroupId?: string;
}

export interface PackOptions {
	/** An input above this becomes a claim check. Default INLINE_INPUT_BYTES_MAX. */
	readonly inlineBytesMax?: number;
	/** Where it is put. Default `inputs`, which keeps it for 30 days. */
	readonly folder?: InputFolder;
}

/**
 * The body of a built message. A large input becomes a claim check: a blob whose key names its content, so that putting it twice is harmless.
 * @throws MillraceError `message-too-large` when what is left still does not fit SQS.
 */
export function packMessage(
	built: Pick<BuiltMessage, "message" | "inputJson">,
	{ inlineBytesMax = INLINE_INPUT_BYTES_MAX, folder = "inputs" }: PackOptions = {},
): PackedMessage {
	const { tenant } = built.message;
	const group = tenant === undefined ? {} : { messageGroupId: messageGroupOf(tenant) };
	const bytes = utf8Bytes(built.inputJson);
	if (bytes <= inlineBytesMax) return { message: built.message, body: bodyOf(built.message), ...group };
	const { input: _, ...rest } = built.message;
	const inputRef: InputReference = { key: `${folder}/${sha256Hex(built.inputJson)}.json`, bytes };
	const message = { ...rest, inputRef };
	return { message, body: bodyOf(message), blob: { key: inputRef.key, text: built.inputJson }, ...group };
}

function bodyOf(message: JobMessage): string {
	const body = toMessageText(message);
	const bytes = utf8Bytes(body);
	if (bytes > SQS_MESSAGE_BYTES_MAX) {
		throw new MillraceError(
			"message-too-large",
			`The message for ${message.job} has ${bytes} bytes; SQS takes ${SQS_MESSAGE_BYTES_MAX}. Shorten the input or the headers.`,
			{ details: { job: message.job, bytes, bytesMax: SQS_MESSAGE_BYTES_MAX } },
		);
	}
	return body;
}
