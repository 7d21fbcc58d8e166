// CPU per run of our worker handler against a Powertools pipeline (batch, zod parser, idempotency, behind middy): both
// bundled alike, each warm in a process of its own, fed the same batches of ten in alternating rounds, on one DynamoDB
// emulator whose CPU is not counted. Budget: a quarter. Ours does more: claims with a lease and a fence, validates the
// output, keeps state, result and listing, writes metrics.
import { join } from "node:path";
import { atMost, type BenchContext, type Benchmark, type Measure, measure, type Verdict } from "../document.ts";
import { alternate } from "../measure/rounds.ts";
import { percentile, ratios, summarize } from "../measure/statistics.ts";
import { bundleBenchWorker, bundlePipeline } from "../setup/bundles.ts";
import { startEmulators } from "../setup/emulators.ts";
import { functionEnvironment } from "../setup/function-environment.ts";
import { ensurePeerPackages } from "../setup/peer-packages.ts";
import { forkProbe, numberOf, type Probe } from "../setup/probe.ts";
import { BENCH_GROUP } from "../workload/catalogue.ts";

const BATCH_SIZE = 10;
const BATCHES_PER_ROUND = 200;
/** The peer makes twenty SDK calls where ours makes two: only long after both are compiled and optimised is neither favoured. */
const WARM_UP_BATCHES = 3_000;
const OURS = "Millrace";
const PIPELINE = "Powertools pipeline";
const OBSERVED = "Powertools + logger, metrics";

interface Handled {
	readonly cpuMsPerRun: number;
	readonly batchMs: number;
}

async function run(context: BenchContext) {
	const peers = await ensurePeerPackages();
	const emulators = await startEmulators();
	const probes: { readonly name: string; readonly probe: Probe }[] = [];
	try {
		const env = {
			...functionEnvironment(BENCH_GROUP, emulators.platform, emulators.endpoints),
			BENCH_IDEMPOTENCY_TABLE: emulators.idempotencyTable,
		};
		const start = (name: string, folder: string): void => {
			probes.push({ name, probe: forkProbe("handler-probe.mjs", join(folder, "index.mjs"), env) });
		};
		start(OURS, (await bundleBenchWorker()).folder);
		if (peers.available) {
			start(PIPELINE, (await bundlePipeline("plain")).folder);
			start(OBSERVED, (await bundlePipeline("observed")).folder);
		}
		const handle = async (probe: Probe, batches: number): Promise<Handled> => {
			const answer = await probe.ask({ batches, size: BATCH_SIZE, queueArn: emulators.queueArn });
			const walls = Array.isArray(answer["wallsMs"]) ? answer["wallsMs"].map(Number) : [];
			return { cpuMsPerRun: numberOf(answer, "cpuMs") / (batches * BATCH_SIZE), batchMs: percentile(walls, 0.5) };
		};
		for (const { name, probe } of probes) {
			context.progress(`warming up: ${name}`);
			await handle(probe, WARM_UP_BATCHES);
		}
		const measured = await alternate(
			probes.map(({ name, probe }) => ({ name, measure: () => handle(probe, BATCHES_PER_ROUND) })),
			context.rounds,
			context.progress,
		);
		const cpuOf = (name: string): readonly number[] => (measured.get(name) ?? []).map((one) => one.cpuMsPerRun);
		const measures = probes.flatMap(({ name }): Measure[] => [
			measure(name, "CPU per run", "ms", summarize(cpuOf(name))),
			measure(name, "batch of ten, wall p50", "ms", summarize((measured.get(name) ?? []).map((one) => one.batchMs))),
		]);
		const verdicts = probes
			.filter(({ name }) => name !== OURS)
			.map(({ name }): Verdict => atMost(`CPU per run, as a share of ${name}`, ratios(cpuOf(OURS), cpuOf(name)), 0.25));
		return {
			measures,
			verdicts,
			versions: { emulator: emulators.emulator, ...(peers.available ? peers.versions : {}) },
			missing: peers.available ? [] : [peers.missing],
			notes: [
				`${BATCHES_PER_ROUND} batches of ${BATCH_SIZE} per round, after ${WARM_UP_BATCHES} to warm up; user and system time of the handler's process`,
				"both clients speak plain HTTP to the emulator: TLS would add the same per request, and the peer makes ten times as many",
			],
		};
	} finally {
		for (const { probe } of probes) await probe.stop();
		await emulators.stop();
	}
}

export const handlerCpu: Benchmark = {
	name: "handler-cpu",
	title: "CPU of the worker handler against a Powertools batch, parser and idempotency pipeline",
	run,
};
