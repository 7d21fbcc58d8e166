// What a cold start pays: bytes of each worker function's bundle, and the time to import it in a fresh process, against
// the Powertools pipeline built by the same bundler. Budgets: 400 KB loaded at import, half of the pipeline's time.
import { join } from "node:path";
import { describeBundle } from "../../cdk/bundle/describe-bundle.ts";
import type { WorkerBundle } from "../../cdk/bundle/worker-bundle.ts";
import { atMost, type BenchContext, type Benchmark, type Measure, measure, type Verdict } from "../document.ts";
import { alternate } from "../measure/rounds.ts";
import { percentile, ratios, summarize } from "../measure/statistics.ts";
import { bundlePowertools, bundleProjectWorkers } from "../setup/bundles.ts";
import { functionEnvironment } from "../setup/function-environment.ts";
import { ensurePeerPackages } from "../setup/peer-packages.ts";
import { forkProbe, numberOf } from "../setup/probe.ts";

/** Fresh processes per subject and round; the round's figure is their median. */
const PROCESSES_PER_ROUND = 5;
const PIPELINE = "Powertools pipeline";
const OBSERVED = "Powertools + logger, metrics";
/** Nothing is called at import, so nothing listens here. */
const NOWHERE = "http://127.0.0.1:1";

interface Imported {
	readonly importMs: number;
	readonly cpuMs: number;
}

interface Function {
	readonly name: string;
	readonly bundle: WorkerBundle;
	readonly env: Readonly<Record<string, string>>;
}

async function run(context: BenchContext) {
	const peers = await ensurePeerPackages();
	const ours = (await bundleProjectWorkers()).map(
		(bundle): Function => ({ name: bundle.group, bundle, env: environmentOf(bundle.group) }),
	);
	const theirs: Function[] = [];
	if (peers.available) {
		const env = { ...environmentOf("powertools"), BENCH_IDEMPOTENCY_TABLE: "bench" };
		theirs.push({ name: PIPELINE, bundle: await bundlePowertools("plain"), env });
		theirs.push({ name: OBSERVED, bundle: await bundlePowertools("observed"), env });
	}
	const subjects = [...ours, ...theirs];
	const measured = await alternate(
		subjects.map((each) => ({ name: each.name, measure: () => importRepeatedly(each) })),
		context.rounds,
		context.progress,
	);
	const importsOf = (name: string): readonly number[] => (measured.get(name) ?? []).map((one) => one.importMs);

	const measures: Measure[] = [];
	const verdicts: Verdict[] = [];
	for (const { name, bundle } of subjects) {
		const size = await describeBundle(bundle);
		const all = size.staticBytes + size.lazyBytes;
		measures.push(measure(name, "loaded at import", "KB", summarize([kb(size.staticBytes)])));
		measures.push(measure(name, "loaded at import, gzip", "KB", summarize([kb(size.staticGzipBytes)])));
		measures.push(measure(name, "whole bundle without source maps", "KB", summarize([kb(all)])));
		measures.push(measure(name, "import", "ms", summarize(importsOf(name))));
		const cpu = (measured.get(name) ?? []).map((one) => one.cpuMs);
		measures.push(measure(name, "CPU of the whole process", "ms", summarize(cpu)));
	}
	for (const { name, bundle } of ours) {
		const size = await describeBundle(bundle);
		verdicts.push(atMost(`${name}: loaded at import`, summarize([kb(size.staticBytes)]), 400, " KB"));
		verdicts.push(atMost(`${name}: whole bundle`, summarize([kb(size.staticBytes + size.lazyBytes)]), 400, " KB"));
		for (const peer of theirs) {
			const ratio = ratios(importsOf(name), importsOf(peer.name));
			verdicts.push(atMost(`${name}: import, as a share of ${peer.name}`, ratio, 0.5));
		}
	}
	return {
		measures,
		verdicts,
		versions: { ...(peers.available ? peers.versions : {}) },
		missing: peers.available ? [] : [peers.missing],
		notes: [
			`each round is the median of ${PROCESSES_PER_ROUND} fresh processes; Node's own start is not part of "import"`,
			"all bundles by cdk/bundle with the same settings, so the peers profit from its SDK alias and lazy chunks too",
			"KB is 1,000 bytes",
		],
	};
}

async function importRepeatedly({ bundle, env }: Function): Promise<Imported> {
	const imports: number[] = [];
	const cpus: number[] = [];
	for (let count = 0; count < PROCESSES_PER_ROUND; count += 1) {
		const probe = forkProbe("import-once.mjs", join(bundle.folder, "index.mjs"), env);
		const answer = await probe.ask({});
		imports.push(numberOf(answer, "importMs"));
		cpus.push(numberOf(answer, "cpuMs"));
		await probe.stop();
	}
	return { importMs: percentile(imports, 0.5), cpuMs: percentile(cpus, 0.5) };
}

function environmentOf(group: string): Readonly<Record<string, string>> {
	const queue = { url: `${NOWHERE}/000000000000/bench`, deadLetterUrl: `${NOWHERE}/000000000000/bench-dlq` };
	const platform = { table: "bench", bucket: "bench", queues: { [group]: queue } };
	const endpoints = { sqs: NOWHERE, s3: NOWHERE, dynamodb: NOWHERE };
	return { ...functionEnvironment(group, platform, endpoints), OBSERVABILITY_TABLE: "bench" };
}

function kb(bytes: number): number {
	return Math.round(bytes / 100) / 10;
}

export const coldStart: Benchmark = {
	name: "cold-start",
	title: "bundle size and import time of each worker function against a Powertools pipeline",
	run,
};
