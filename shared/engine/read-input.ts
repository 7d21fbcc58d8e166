/** Step 3, first half: the input itself, from the message or by its claim check. A reference is checked against what it points at. */
import { findJsonFlaw, utf8Bytes } from "../kernel/json.ts";
import { MESSAGE_DEPTH_MAX } from "../kernel/limits.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { JobMessage } from "../wire/job-message.ts";
import type { Refusal } from "./parse-message.ts";

export type InputRead =
	| { readonly refused: false; readonly input: unknown }
	| { readonly refused: true; readonly refusal: Refusal };

/** @throws MillraceError `blob-failed` when the store can't be reached: then the message is kept. */
export async function readReferencedInput(
	blobs: BlobStore,
	reference: NonNullable<JobMessage["inputRef"]>,
): Promise<InputRead> {
	const text = await blobs.get(reference.key);
	if (text === undefined) {
		return refuse(
			"input-reference-missing",
			`There is no ${reference.key} in the bucket: it was deleted, or never written. Send the input again.`,
		);
	}
	if (utf8Bytes(text) !== reference.bytes || !reference.key.endsWith(`/${sha256Hex(text)}.json`)) {
		return refuse(
			"input-reference-invalid",
			`What lies under ${reference.key} is not what the message refers to: its size or hash differs. Send the input again.`,
		);
	}
	try {
		const input: unknown = JSON.parse(text);
		const flaw = findJsonFlaw(input, MESSAGE_DEPTH_MAX);
		if (flaw === undefined) return { refused: false, input };
		return refuse(
			"input-reference-invalid",
			`What lies under ${reference.key} can't be taken as an input: ${flaw.kind}.`,
		);
	} catch (error) {
		return refuse(
			"input-reference-invalid",
			`What lies under ${reference.key} is not JSON: ${(error as Error).message}`,
		);
	}
}

const refuse = (reason: "input-reference-missing" | "input-reference-invalid", message: string): InputRead => ({
	refused: true,
	refusal: { reason, message },
});
