/** A JSON text inline when small, else in the bucket under a key that names its content (so a repeated attempt writes nothing new). */
import { utf8Bytes } from "../kernel/json.ts";
import { INLINE_RESULT_BYTES_MAX } from "../kernel/limits.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { StoredResult } from "../ports/job-store.ts";

/** @throws MillraceError `blob-failed` */
export const storeResult = (blobs: BlobStore, json: string): Promise<StoredResult> =>
	storeJson(blobs, "results", json, INLINE_RESULT_BYTES_MAX);

/** @throws MillraceError `blob-failed` */
export async function storeJson(
	blobs: BlobStore,
	folder: "results" | "checkpoints",
	json: string,
	inlineBytesMax: number,
): Promise<StoredResult> {
	const bytes = utf8Bytes(json);
	if (bytes <= inlineBytesMax) return { kind: "inline", json };
	const key = `${folder}/${sha256Hex(json)}.json`;
	await blobs.put(key, json);
	return { kind: "blob", key, bytes };
}

/** The value; `undefined` when the bucket no longer holds it. @throws MillraceError `blob-failed` */
export async function readStoredJson(blobs: BlobStore, stored: StoredResult): Promise<unknown> {
	const json = stored.kind === "inline" ? stored.json : await blobs.get(stored.key);
	return json === undefined ? undefined : JSON.parse(json);
}
