/** Large inputs, results and dead-letter bodies. Keys name their content, so writing one twice is harmless. */

export interface BlobStore {
	/** @throws MillraceError `blob-failed` */
	put(key: string, text: string): Promise<void>;
	/** `undefined` when there is no such blob. @throws MillraceError `blob-failed` */
	get(key: string): Promise<string | undefined>;
}
