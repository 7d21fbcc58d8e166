/**
 * Makes a dynamically imported AWS SDK client (S3's, which only large payloads need) a file of its own that shares nothing with the rest.
 *
 * Left to esbuild's splitting, all code that the lazy client and the worker have in common moves into shared chunks, the client's XML
 * protocol and checksums with it, and every cold start loads it. Measured for a small worker: 383 KB at start when shared, 340 KB apart.
 * The price is a second copy of the common code in the lazy file. For SDK clients that is harmless: they are made to live beside clients of
 * other versions. For other packages and own files it might double their state, so those are split as usual.
 */
import type { Plugin } from "esbuild";

export interface LazyClients {
	/** For the worker's build: leaves the clients out and notes them. */
	readonly plugin: Plugin;
	/** File name (without extension) by which the worker imports each client that the build met, and where the client is. */
	readonly found: ReadonlyMap<string, string>;
	/** The same for a build's `entryPoints`. */
	entryPoints(): Record<string, string>;
}

/** Passed through `resolve`, so that the plugin does not see its own question. */
const asked = Symbol("asked");

export function createLazyClients(): LazyClients {
	const found = new Map<string, string>();
	const plugin: Plugin = {
		name: "lazy-clients",
		setup(build) {
			build.onResolve(
				{ filter: /^@aws-sdk\/client-[a-z0-9-]+$/ },
				async ({ path, kind, importer, resolveDir, pluginData }) => {
					if (kind !== "dynamic-import" || pluginData === asked) return undefined;
					const { path: file, errors } = await build.resolve(path, { kind, importer, resolveDir, pluginData: asked });
					if (errors.length > 0) return { errors };
					const name = path.replace("@aws-sdk/", "");
					found.set(name, file);
					return { path: `./${name}.mjs`, external: true };
				},
			);
		},
	};
	return { plugin, found, entryPoints: () => Object.fromEntries(found) };
}
