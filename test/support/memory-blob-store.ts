/** A blob store in memory. */
import type { BlobStore } from "../../shared/ports/blob-store.ts";

export interface MemoryBlobStore extends BlobStore {
	readonly blobs: ReadonlyMap<string, string>;
}

export function createMemoryBlobStore(): MemoryBlobStore {
	const blobs = new Map<string, string>();
	return {
		blobs,
		async put(key, text) {
			// A store keeps UTF-8, in which a lone surrogate has no spelling.
			blobs.set(key, text.toWellFormed());
		},
		async get(key) {
			return blobs.get(key);
		},
	};
}
