/**
 * Bundles worker entries with esbuild: per group one flat folder with `index.mjs`, what it loads lazily, and source maps.
 * The same sources give the same bytes, so an unchanged group keeps its CDK asset hash and is not deployed again.
 *
 * Groups are built apart, side by side in one process, and share no chunk: a chunk shared by two groups would hold the code of both,
 * and a change in one would change, and so deploy, the other.
 */
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { builtinModules } from "./builtin-modules.ts";
import { errorNames } from "./error-names.ts";
import { createLazyClients } from "./lazy-clients.ts";
import type { BundleFile, BundleOptions, WorkerBundle, WorkerEntry } from "./worker-bundle.ts";
import { writeFolder } from "./write-folder.ts";

const environmentCredentials = fileURLToPath(new URL("environment-credentials.ts", import.meta.url));

/** Everything but what is built, and where to. */
const settings = {
	bundle: true,
	platform: "node",
	target: "node24",
	format: "esm",
	outExtension: { ".js": ".mjs" },
	// What a dynamic import reaches becomes a chunk that is loaded when it is used.
	splitting: true,
	chunkNames: "[name]-[hash]",
	// esbuild's default for node takes the CommonJS builds of the SDK, which can't be tree-shaken: 562 KB instead of 358.
	mainFields: ["module", "main"],
	minify: true,
	// Linked, so that `--enable-source-maps` finds them; without the sources' text, which stack traces don't need.
	sourcemap: "linked",
	sourcesContent: false,
	legalComments: "none",
	charset: "utf8",
	alias: { "@aws-sdk/credential-provider-node": environmentCredentials },
	metafile: true,
	write: false,
	logLevel: "silent",
} as const satisfies BuildOptions;

/**
 * Bundles every entry into `<outFolder>/<group>` and tells what came out, in the order of the entries.
 * @throws MillraceError `configuration-invalid` with every message of esbuild over all entries.
 */
export async function bundleWorkers(
	entries: readonly WorkerEntry[],
	options: BundleOptions = {},
): Promise<readonly WorkerBundle[]> {
	const outFolder = resolve(options.outFolder ?? "build");
	const built = await Promise.allSettled(entries.map((entry) => bundleWorker(entry, resolve(outFolder, entry.group))));
	const failures = [
		// Groups share files, and so faults.
		...new Set(built.flatMap((outcome) => (outcome.status === "rejected" ? describeFailure(outcome.reason) : []))),
	];
	if (failures.length > 0) {
		throw new MillraceError(
			"configuration-invalid",
			`The workers can't be bundled; mend each and try again:\n${failures.map((line) => `- ${line}`).join("\n")}`,
			{ details: { failures } },
		);
	}
	return built.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/**
 * Where esbuild believes to write. The same for every group and output folder, because source maps name sources relative to it and chunk
 * names are hashes over the maps. As deep as an asset in cdk.out, so that stack traces of the local runtime name the real files.
 */
const imaginedFolder = "build/worker";

async function bundleWorker({ group, entry }: WorkerEntry, folder: string): Promise<WorkerBundle> {
	const lazyClients = createLazyClients();
	const worker = await buildInto({ index: entry }, [builtinModules, errorNames, lazyClients.plugin]);
	const clients =
		lazyClients.found.size === 0 ? undefined : await buildInto(lazyClients.entryPoints(), [builtinModules]);
	await writeFolder(folder, new Map([...(clients?.contents ?? []), ...worker.contents]));
	const atStart = loadedWith("index.mjs", worker.imports);
	const sizes = [...worker.contents, ...(clients?.contents ?? [])].filter(([path]) => path.endsWith(".mjs"));
	return {
		group,
		entry,
		folder,
		files: [...new Map(sizes)]
			.map(([path, { byteLength }]): BundleFile => ({ path, bytes: byteLength, lazy: !atStart.has(path) }))
			.sort((one, other) => Number(one.lazy) - Number(other.lazy) || rank(one.path).localeCompare(rank(other.path))),
		sources: [...new Set([...worker.sources, ...(clients?.sources ?? [])])].sort(),
	};
}

const rank = (path: string): string => (path === "index.mjs" ? "" : path);

interface Built {
	/** By file name. */
	readonly contents: ReadonlyMap<string, Uint8Array>;
	/** By file name: the files that it imports statically. */
	readonly imports: ReadonlyMap<string, readonly string[]>;
	readonly sources: readonly string[];
}

async function buildInto(entryPoints: Record<string, string>, plugins: Plugin[]): Promise<Built> {
	const { outputFiles, metafile } = await build({
		...settings,
		absWorkingDir: process.cwd(),
		entryPoints,
		plugins,
		outdir: imaginedFolder,
	});
	return {
		contents: new Map(outputFiles.map((file) => [basename(file.path), file.contents])),
		imports: new Map(
			Object.entries(metafile.outputs).map(([path, { imports }]) => [
				basename(path),
				imports.filter(({ kind }) => kind === "import-statement").map((imported) => basename(imported.path)),
			]),
		),
		sources: Object.keys(metafile.inputs).filter((path) => !path.startsWith("builtin-module:")),
	};
}

function loadedWith(file: string, imports: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
	const loaded = new Set([file]);
	// A set's iteration reaches what is added on the way.
	for (const path of loaded) for (const imported of imports.get(path) ?? []) loaded.add(imported);
	return loaded;
}

interface EsbuildMessage {
	readonly text: string;
	readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

function describeFailure(reason: unknown): readonly string[] {
	const { errors } = reason as { readonly errors?: readonly EsbuildMessage[] };
	if (errors === undefined || errors.length === 0) return [reason instanceof Error ? reason.message : String(reason)];
	return errors.map(({ text, location }) =>
		location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`,
	);
}
