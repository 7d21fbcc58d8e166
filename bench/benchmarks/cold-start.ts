// What a cold start pays: bytes of each worker function's bundle, and the time to import it in a fresh process, against
// the Powertools pipeline built with the same esbuild settings. Budgets: 400 KB whole, and half of the pipeline's time.
import { join } from "node:path";
import { describeBundle } from "../../cdk/bundle/describe-bundle.ts";
import type { WorkerBundle } from "../../cdk/bundle/worker-bundle.ts";
import { atMost, type BenchContext, type Benchmark, type Measure, measure, type Verdict } from "../document.ts";
import { alternate } from "../measure/rounds.ts";
import { percentile, ratios, summarize } from "../measure/statistics.ts";
import { bundlePipeline, bundlePipelineOurWay, bundleProjectWorkers } from "../setup/bundles.ts";
import { functionEnvironment } from "../setup/function-environment.ts";
import { ensurePeerPackages } from "../setup/peer-packages.ts";
import { forkProbe, numberOf } from "../setup/probe.ts";

/** Fresh processes per subject and round; the round's figure is their median. */
const PROCESSES_PER_ROUND = 5;
const PIPELINE = "Powertools pipeline";
const OBSERVED = "Powertools + logger, metrics";
const NO_MAPS = "Powertools pipeline, no source maps";
/** A question besides: what our bundler would do for it. No team would have it so, so it is measured and not judged by. */
const OUR_WAY = "Powertools pipeline by our bundler";
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
	/** For a peer: whether the budget is about it. */
	readonly judged?: boolean;
}

async function run(context: BenchContext) {
	const peers = await ensurePeerPackages();
	const ours = (await bundleProjectWorkers()).map(
		(bundle): Function => ({ name: bundle.group, bundle, env: environmentOf(bundle.group) }),
	);
	const theirs: Function[] = [];
	if (peers.available) {
		const env = { ...environmentOf("powertools"), BENCH_IDEMPOTENCY_TABLE: "bench" };
		// Else the stack traces that a team reads would name columns of the bundle. Ours do that by themselves.
		const mapped = { ...env, NODE_OPTIONS: "--enable-source-maps" };
		const withoutMap = await bundlePipeline("plain", { sourceMap: false });
		theirs.push({ name: PIPELINE, bundle: await bundlePipeline("plain"), env: mapped, judged: true });
		theirs.push({ name: OBSERVED, bundle: await bundlePipeline("observed"), env: mapped, judged: true });
		theirs.push({ name: NO_MAPS, bundle: withoutMap, env, judged: true });
		theirs.push({ name: OUR_WAY, bundle: await bundlePipelineOurWay("plain"), env });
	}
	const subjects = [...ours, ...theirs];
	const measured = await alternate(
		subjects.map((each) => ({ name: each.name, measure: () => importRepeatedly(each) })),
		context.rounds,
		context.progress,
	);
	const importsOf = (name: string): readonly number[] => (measured.get(name) ?? []).map((one) => one.importMs);

	const cpusOf = (name: string): readonly number[] => (measured.get(name) ?? []).map((one) => one.cpuMs);

	const measures: Measure[] = [];
	const verdicts: Verdict[] = [];
	for (const { name, bundle } of subjects) {
		const size = await describeBundle(bundle);
		const all = size.staticBytes + size.lazyBytes;
		measures.push(measure(name, "loaded at import", "KB", summarize([kb(size.staticBytes)])));
		measures.push(measure(name, "loaded at import, gzip", "KB", summarize([kb(size.staticGzipBytes)])));
		measures.push(measure(name, "whole bundle without source maps", "KB", summarize([kb(all)])));
		measures.push(measure(name, "import", "ms", summarize(importsOf(name))));
		measures.push(measure(name, "import, CPU time", "ms", summarize(cpusOf(name))));
	}
	for (const { name, bundle } of ours) {
		const size = await describeBundle(bundle);
		verdicts.push(atMost(`${name}: loaded at import`, summarize([kb(size.staticBytes)]), 400, " KB"));
		verdicts.push(atMost(`${name}: whole bundle`, summarize([kb(size.staticBytes + size.lazyBytes)]), 400, " KB"));
		for (const peer of theirs) {
			const ratio = ratios(importsOf(name), importsOf(peer.name));
			if (peer.judged) verdicts.push(atMost(`${name}: import, as a share of ${peer.name}`, ratio, 0.5));
			else measures.push(measure(name, `import, as a share of ${peer.name}`, "x", ratio));
			const share = ratios(cpusOf(name), cpusOf(peer.name));
			measures.push(measure(name, `import CPU, as a share of ${peer.name}`, "x", share));
		}
	}
	return {
		measures,
		verdicts,
		versions: { ...(peers.available ? peers.versions : {}) },
		missing: peers.available ? [] : [peers.missing],
		notes: [
			`each round is the median of ${PROCESSES_PER_ROUND} fresh processes; Node's own start is not part of "import"`,
			"the peers have a linked map of everything, as esbuild writes it, and --enable-source-maps; the one without has neither",
			"ours, and the peer by our bundler, have a map of the team's own files, read when a stack trace is",
			"cdk/bundle replaces parts of the SDK and Node's module namespaces besides; the peer by our bundler has that too",
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
	const endpoints = { sqs: NOWHERE, s3: NOWHERE, dynamodb: NOWHERE, scheduler: NOWHERE, lambda: NOWHERE };
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
