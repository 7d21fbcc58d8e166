/** The size of a bundle, for people, tests and the bench: what a cold start loads, and what waits until it is needed. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { WorkerBundle } from "./worker-bundle.ts";

export interface BundleSize {
	readonly group: string;
	/** `index.mjs` and all that it imports: loaded at every cold start. */
	readonly staticBytes: number;
	/** The same, each file compressed by itself: about what is fetched. */
	readonly staticGzipBytes: number;
	/** What only dynamic imports load. */
	readonly lazyBytes: number;
	readonly staticFiles: number;
	readonly lazyFiles: number;
}

const compress = promisify(gzip);

export async function describeBundle(bundle: WorkerBundle): Promise<BundleSize> {
	const atStart = bundle.files.filter((file) => !file.lazy);
	const later = bundle.files.filter((file) => file.lazy);
	const compressed = await Promise.all(
		atStart.map(async (file) => (await compress(await readFile(join(bundle.folder, file.path)))).byteLength),
	);
	return {
		group: bundle.group,
		staticBytes: sum(atStart.map((file) => file.bytes)),
		staticGzipBytes: sum(compressed),
		lazyBytes: sum(later.map((file) => file.bytes)),
		staticFiles: atStart.length,
		lazyFiles: later.length,
	};
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
