/** The rebuild that hot reload uses by default: the project's own bundler, into a folder that no running environment reads. */
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Rebuild } from "./reload-code.ts";

export interface WorkerRebuild {
	readonly rebuild: Rebuild;
	/** Removes what was built. */
	remove(): void;
}

/** It builds into the assembly, beside what was synthesized: source maps name files relative to there, and so do stack traces. */
export function createWorkerRebuild(assemblyDir: string): WorkerRebuild {
	const folders: string[] = [];
	return {
		async rebuild({ functionId, entry }) {
			// Loaded when code changes first: the bundler costs memory that most starts never need.
			const { bundleWorkers } = await import("../../cdk/bundle/bundle-workers.ts");
			// A new folder each time: an environment of the code before may still load a chunk of it.
			const group = `reload-${process.pid}-${folders.length + 1}-${functionId}`;
			folders.push(join(assemblyDir, group));
			const [bundle] = await bundleWorkers([{ group, entry: resolve(entry) }], { outFolder: assemblyDir });
			if (bundle === undefined) throw new Error(`${entry} gave no bundle`);
			return bundle.folder;
		},
		remove() {
			for (const folder of folders) rmSync(folder, { recursive: true, force: true });
		},
	};
}
