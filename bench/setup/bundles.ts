// The bundles that are compared: every worker function of the project, the bench's own worker, and the peers'
// pipelines built by the same bundler with the same settings.
import { join } from "node:path";
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
export function bundlePowertools(variant: "plain" | "observed"): Promise<WorkerBundle> {
	const file = variant === "plain" ? "handler.mjs" : "handler-observed.mjs";
	return bundleOne(`powertools-${variant}`, join(PEERS_FOLDER, "powertools", file));
}

async function bundleOne(group: string, entry: string): Promise<WorkerBundle> {
	const [bundle] = await bundleWorkers([{ group, entry }], { outFolder: OUT_FOLDER });
	if (bundle === undefined) throw new Error(`the bundler gave nothing for ${entry}`);
	return bundle;
}
