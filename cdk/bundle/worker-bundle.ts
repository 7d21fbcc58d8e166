/** What bundling takes and gives: one entry file in, one folder out, for each worker group. */

/** The file of a worker group's Lambda handler. */
export interface WorkerEntry {
	readonly group: string;
	/** Absolute path. It exports `handler`. */
	readonly entry: string;
	/**
	 * Whether an SDK client with event streams is expected in it, such as Lambda's: what is tried first. A wrong guess costs a second build and
	 * changes nothing else. Default `false`.
	 */
	readonly eventStreams?: boolean;
}

export interface BundleFile {
	/** Relative to the bundle's folder: `index.mjs`, `chunk-5K7NH2QX.mjs`. */
	readonly path: string;
	readonly bytes: number;
	/** `false` for what is loaded together with `index.mjs`; `true` for what only a dynamic import loads. */
	readonly lazy: boolean;
}

export interface WorkerBundle {
	readonly group: string;
	/** Absolute path of the entry file. */
	readonly entry: string;
	/** Absolute path of the folder that becomes the function's code; its handler is `index.handler`. */
	readonly folder: string;
	/** The code, without source maps; `index.mjs` first. */
	readonly files: readonly BundleFile[];
	/** Every source file that went in, relative to the working folder: what a watcher watches. */
	readonly sources: readonly string[];
}

export interface BundleOptions {
	/** Folder under which each group gets its own. Relative to the working folder. Default `build`. */
	readonly outFolder?: string;
}

/** What a function's code may be, lazy files included and maps not, in bytes: the promise of the design, checked by a test. */
export const BUNDLE_BYTES_MAX = 400_000;
