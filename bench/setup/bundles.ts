// The bundles that are compared: every worker function of the project, the bench's own worker, and the peers'
// pipelines, built with the same esbuild settings and once more by our own bundler.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { bundleWorkers } from "../../cdk/bundle/bundle-workers.ts";
import type { WorkerBundle } from "../../cdk/bundle/worker-bundle.ts";
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { CACHE_FOLDER, PEERS_FOLDER, PROJECT_FOLDER } from "./paths.ts";

const OUT_FOLDER = join(CACHE_FOLDER, "bundles");

/** One per worker group of the project's catalogue. */
export function bundleProjectWorkers(): Promise<readonly WorkerBundle[]> {
	const entries = catalogue.workerGroups.map(({ name }) => ({
		group: name,
		entry: join(PROJECT_FOLDER, "lambdas", "worker", `${name}.ts`),
	}));
	return bundleWorkers(entries, { outFolder: OUT_FOLDER });
}

export function bundleBenchWorker(): Promise<WorkerBundle> {
	return bundleOne("bench", join(PROJECT_FOLDER, "bench", "workload", "worker.ts"));
}

/** The Powertools pipeline; `observed` is the one with logger and metrics, which our workers have as well. */
export type Pipeline = "plain" | "observed";

const PIPELINE_ENTRIES: Readonly<Record<Pipeline, string>> = {
	plain: join(PEERS_FOLDER, "powertools", "handler.mjs"),
	observed: join(PEERS_FOLDER, "powertools", "handler-observed.mjs"),
};

/**
 * As a team would build it: the esbuild settings of cdk/bundle, without what that bundler does besides. By default with a linked map of
 * everything, as esbuild writes it and `--enable-source-maps` reads it.
 */
export async function bundlePipeline(
	pipeline: Pipeline,
	{ sourceMap = true }: { readonly sourceMap?: boolean } = {},
): Promise<WorkerBundle> {
	const group = `powertools-${pipeline}${sourceMap ? "" : "-without-map"}`;
	const folder = join(OUT_FOLDER, group);
	const entry = PIPELINE_ENTRIES[pipeline];
	await mkdir(folder, { recursive: true });
	const { metafile } = await build({
		entryPoints: { index: entry },
		outdir: folder,
		outExtension: { ".js": ".mjs" },
		bundle: true,
		platform: "node",
		target: "node24",
		format: "esm",
		mainFields: ["module", "main"],
		minify: true,
		keepNames: true,
		sourcemap: sourceMap ? "linked" : false,
		sourcesContent: false,
		legalComments: "none",
		charset: "utf8",
		metafile: true,
		// CommonJS dependencies in an ES module: what AWS's own documentation advises.
		banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
	});
	const code = Object.entries(metafile.outputs).find(([path]) => path.endsWith(".mjs"));
	const files = [{ path: "index.mjs", bytes: code?.[1].bytes ?? 0, lazy: false }];
	return { group, entry, folder, files, sources: [] };
}

/** The same pipeline by our own bundler: what its replacements and its source maps on demand would do for it. */
export function bundlePipelineOurWay(pipeline: Pipeline): Promise<WorkerBundle> {
	return bundleOne(`powertools-${pipeline}-our-way`, PIPELINE_ENTRIES[pipeline]);
}

async function bundleOne(group: string, entry: string): Promise<WorkerBundle> {
	const [bundle] = await bundleWorkers([{ group, entry }], { outFolder: OUT_FOLDER });
	if (bundle === undefined) throw new Error(`the bundler gave nothing for ${entry}`);
	return bundle;
}
