/** A result inline when small, else in the bucket under a key that names its content (so a repeated attempt writes nothing new). */
import { utf8Bytes } from "../kernel/json.ts";
import { INLINE_RESULT_BYTES_MAX } from "../kernel/limits.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { StoredResult } from "../ports/job-store.ts";

/** @throws MillraceError `blob-failed` */
export async function storeResult(blobs: BlobStore, json: string): Promise<StoredResult> {
	const bytes = utf8Bytes(json);
	if (bytes <= INLINE_RESULT_BYTES_MAX) return { kind: "inline", json };
	const key = `results/${sha256Hex(json)}.json`;
	await blobs.put(key, json);
	return { kind: "blob", key, bytes };
}
