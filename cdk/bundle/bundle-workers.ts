/**
 * Bundles worker entries with esbuild: per group one flat folder with `index.mjs`, what it loads lazily, and source maps.
 * The same sources give the same bytes, so an unchanged group keeps its CDK asset hash and is not deployed again.
 *
 * Groups are built apart, side by side in one process, and share no chunk: a chunk shared by two groups would hold the code of both,
 * and a change in one would change, and so deploy, the other.
 */
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { builtinModules } from "./builtin-modules.ts";
import { errorNames } from "./error-names.ts";
import { needsEventStreams, withoutEventStreams } from "./event-streams.ts";
import { moduleBuilds } from "./module-builds.ts";
import { keepOwnMappings } from "./own-mappings.ts";
import { sdkStandIns } from "./sdk-stand-ins.ts";
import type { BundleFile, BundleOptions, WorkerBundle, WorkerEntry } from "./worker-bundle.ts";
import { writeFolder } from "./write-folder.ts";

const environmentCredentials = fileURLToPath(new URL("environment-credentials.ts", import.meta.url));
const stackTraces = fileURLToPath(new URL("stack-traces.ts", import.meta.url));

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
	// As Node takes them, whose default this is; `module` is for packages that have nothing else. See module-builds.ts for the SDK's.
	mainFields: ["main", "module"],
	minify: true,
	// Read by stack-traces.ts alone, when they are needed; without the sources' text, which stack traces don't need.
	sourcemap: "external",
	sourcesContent: false,
	legalComments: "none",
	charset: "utf8",
	alias: { "@aws-sdk/credential-provider-node": environmentCredentials },
	// JobPlatform takes a catalogue, which was checked when it was defined: a cold start need not do it again.
	define: { MILLRACE_CATALOGUE_IS_CHECKED: "true" },
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
	// Entries share most of their files: what these find out holds for all of them.
	const shared = [errorNames(), moduleBuilds()];
	const built = await Promise.allSettled(
		entries.map((entry) => bundleWorker(entry, resolve(outFolder, entry.group), shared)),
	);
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

async function bundleWorker(
	{ group, entry, eventStreams: expected = false }: WorkerEntry,
	folder: string,
	shared: readonly Plugin[],
): Promise<WorkerBundle> {
	const build = (eventStreams: boolean): Promise<Built> =>
		buildEntry(entry, eventStreams ? shared : [withoutEventStreams, ...shared]);
	const first = await build(expected);
	const { contents, files, sources } = first.needsEventStreams === expected ? first : await build(!expected);
	await writeFolder(folder, contents);
	return { group, entry, folder, files, sources };
}

interface Built {
	/** By file name: code, and its map where it holds code of the project. */
	readonly contents: ReadonlyMap<string, Uint8Array>;
	readonly files: readonly BundleFile[];
	readonly sources: readonly string[];
	readonly needsEventStreams: boolean;
}

async function buildEntry(entry: string, plugins: readonly Plugin[]): Promise<Built> {
	const { outputFiles, metafile } = await build({
		...settings,
		absWorkingDir: process.cwd(),
		stdin: { contents: [stackTraces, entry].map(exported).join("\n"), resolveDir: dirname(entry) },
		entryNames: "index",
		plugins: [...plugins, sdkStandIns, builtinModules],
		outdir: imaginedFolder,
	});
	const outputs = new Map(outputFiles.map((file) => [basename(file.path), file]));
	const atStart = reachedFrom("index.mjs", metafile, ["import-statement"]);
	// esbuild also writes what is imported dynamically by code that it has left out, such as the SDK's parser of browsers' names.
	const reached = reachedFrom("index.mjs", metafile, ["import-statement", "dynamic-import"]);
	const contents = new Map<string, Uint8Array>();
	for (const path of reached) {
		const code = outputs.get(path);
		if (code !== undefined) contents.set(path, code.contents);
		const map = outputs.get(`${path}.map`);
		const ownMap = map === undefined ? undefined : keepOwnMappings(map.text);
		if (ownMap !== undefined) contents.set(`${path}.map`, Buffer.from(ownMap));
	}
	return {
		contents,
		files: [...contents]
			.filter(([path]) => path.endsWith(".mjs"))
			.map(([path, { byteLength }]): BundleFile => ({ path, bytes: byteLength, lazy: !atStart.has(path) }))
			.sort((one, other) => Number(one.lazy) - Number(other.lazy) || rank(one.path).localeCompare(rank(other.path))),
		sources: Object.keys(metafile.inputs)
			.filter((path) => path !== STDIN && !madeHere.test(path))
			.sort(),
		needsEventStreams: needsEventStreams(metafile, STDIN),
	};
}

/** What esbuild calls the text that it is given in place of an entry file. */
const STDIN = "<stdin>";

/** What plugins put in another's place: esbuild names it by their namespace. */
const madeHere = /^builtin-[^/]*:/;
const exported = (file: string): string => `export * from ${JSON.stringify(file)};`;
const rank = (path: string): string => (path === "index.mjs" ? "" : path);

function reachedFrom(start: string, { outputs }: Metafile, kinds: readonly string[]): ReadonlySet<string> {
	const imports = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output.imports]));
	const reached = new Set([start]);
	// A set's iteration comes to what is added on the way.
	for (const file of reached) {
		for (const { path, kind } of imports.get(file) ?? []) if (kinds.includes(kind)) reached.add(basename(path));
	}
	return reached;
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
