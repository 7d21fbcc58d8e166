/**
 * Keeps the names of error classes, which minifying would shorten to a letter: a class that sets no `name` is known to people by its class's
 * name, in the rows of runs, in logs and in stack traces. Those of dependencies too: whoever reads of a run that failed wants `DeadlockError`, not `a`.
 *
 * esbuild's `keepNames` does it for every class and function of every dependency: 23 KB and 3 ms of CPU at import (21 alternating
 * processes). So only files that derive from an error are passed through it, before they are bundled: half a kilobyte for the workers here.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type OnLoadResult, type Plugin, build as passAlone } from "esbuild";

const errorClass = /\bclass\s+\w+\s+extends\s+[\w.]*Error\b/;

/** For one call of the bundler: entries share most of their files, and each is read once. */
export function errorNames(): Plugin {
	const loaded = new Map<string, Promise<OnLoadResult | undefined>>();
	return {
		name: "error-names",
		setup(build) {
			build.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path }) => {
				const known = loaded.get(path) ?? withErrorNames(path);
				loaded.set(path, known);
				return known;
			});
		},
	};
}

async function withErrorNames(path: string): Promise<OnLoadResult | undefined> {
	const source = await readFile(path, "utf8");
	if (!errorClass.test(source)) return undefined;
	// Not `transform`, which knows nothing of the file's tsconfig.json: how decorators and fields are meant stands there.
	const { outputFiles } = await passAlone({
		entryPoints: [path],
		bundle: false,
		platform: "node",
		target: "node24",
		keepNames: true,
		// esbuild follows it, so that stack traces still name the source.
		sourcemap: "inline",
		sourcesContent: false,
		outdir: dirname(path),
		write: false,
		logLevel: "silent",
	});
	return { contents: outputFiles[0]?.text ?? source, loader: "js" };
}
