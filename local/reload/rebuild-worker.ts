/** The rebuild that hot reload uses by default: the project's own bundler, into a folder that no running environment reads. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Rebuild } from "./reload-code.ts";

export interface WorkerRebuild {
	readonly rebuild: Rebuild;
	/** Removes what was built. */
	remove(): void;
}

export function createWorkerRebuild(): WorkerRebuild {
	let scratch: string | undefined;
	let count = 0;
	return {
		async rebuild({ functionId, entry }) {
			// Loaded when code changes first: the bundler costs memory that most starts never need.
			const { bundleWorkers } = await import("../../cdk/bundle/bundle-workers.ts");
			// A new folder each time: an environment of the code before may still load a chunk of it.
			scratch ??= mkdtempSync(join(tmpdir(), "millrace-reload-"));
			const outFolder = join(scratch, String(++count));
			const [bundle] = await bundleWorkers([{ group: functionId, entry: resolve(entry) }], { outFolder });
			if (bundle === undefined) throw new Error(`${entry} gave no bundle`);
			return bundle.folder;
		},
		remove() {
			if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
		},
	};
}
