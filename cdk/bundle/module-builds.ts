/**
 * Takes the SDK's ES module builds, which can be tree-shaken, where its packages have two (`main` and `module`): 360 KB of a worker instead of
 * 560. Every other package is taken by its `main`, as Node takes it in tests: a `module` build is for bundlers, may export another default,
 * and is not what a package's `require` of another expects.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";

/** Names of packages, not of files in them. */
const ofTheSdk = /^@(aws|aws-sdk|smithy)\/[^/]+$/;
/** Marks a resolution that this plugin asks for itself. */
const asked = Symbol("asked");

/** For one call of the bundler: a folder's imports of a package are resolved once, for all its files and all entries. */
export function moduleBuilds(): Plugin {
	const resolved = new Map<string, Promise<OnResolveResult | undefined>>();
	return {
		name: "module-builds",
		setup(build) {
			build.onResolve({ filter: ofTheSdk }, (asking) => {
				// What `require`s one is written for its CommonJS build.
				if (asking.pluginData === asked || asking.kind === "require-call") return undefined;
				const { path, kind, resolveDir, namespace } = asking;
				const question = JSON.stringify([path, kind, resolveDir, namespace]);
				const known = resolved.get(question) ?? moduleBuildFor(build, asking);
				resolved.set(question, known);
				return known;
			});
		},
	};
}

async function moduleBuildFor(
	build: PluginBuild,
	{ path, kind, importer, resolveDir, namespace }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
	const found = await build.resolve(path, { kind, importer, resolveDir, namespace, pluginData: asked });
	if (found.errors.length > 0 || found.external || found.namespace !== "file") return undefined;
	const own = await moduleBuildOf(found.path);
	return own === undefined ? undefined : { path: own, sideEffects: found.sideEffects };
}

/** `undefined` where the package has none, or was not resolved by its `main`. */
async function moduleBuildOf(file: string): Promise<string | undefined> {
	const folder = packageOf(dirname(file));
	if (folder === undefined) return undefined;
	const { main, module } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
		readonly main?: string;
		readonly module?: string;
	};
	return main === undefined || module === undefined || join(folder, main) !== file ? undefined : join(folder, module);
}

function packageOf(folder: string): string | undefined {
	if (existsSync(join(folder, "package.json"))) return folder;
	return dirname(folder) === folder ? undefined : packageOf(dirname(folder));
}
