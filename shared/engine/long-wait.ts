/** The body of a message that waits in a schedule. A large input lies in the bucket, and for a wait of weeks in the folder that keeps it as long. */
import { toMessageText } from "../kernel/json.ts";
import { LONG_WAIT_SECONDS } from "../kernel/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { InputReference } from "../wire/job-message.ts";
import type { NextMessage } from "./next-messages.ts";
import { packMessage } from "./pack-message.ts";

/** Puts what the body refers to. @throws MillraceError `blob-failed`, `message-too-large` */
export async function packForWait(
	blobs: BlobStore,
	{ inputRef, ...rest }: NextMessage["message"],
	waitMs: number,
): Promise<string> {
	const long = waitMs > LONG_WAIT_SECONDS * 1000;
	const moved = inputRef === undefined ? {} : { inputRef: long ? await moveInput(blobs, inputRef) : inputRef };
	const packed = packMessage(
		{ message: { ...rest, ...moved }, inputJson: toMessageText(rest.input ?? null) },
		{ folder: long ? "long-inputs" : "inputs" },
	);
	if (packed.blob !== undefined) await blobs.put(packed.blob.key, packed.blob.text);
	return packed.body;
}

async function moveInput(blobs: BlobStore, inputRef: InputReference): Promise<InputReference> {
	const text = inputRef.key.startsWith("inputs/") ? await blobs.get(inputRef.key) : undefined;
	// Nothing there any more: whoever performs the run says so.
	if (text === undefined) return inputRef;
	const key = `long-${inputRef.key}`;
	await blobs.put(key, text);
	return { ...inputRef, key };
}
