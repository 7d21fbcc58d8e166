// `npm run bench`: runs the chosen benchmarks one after the other and prints one document. Progress goes to standard
// error, so that with --json standard output holds the document alone. Exits 1 when a benchmark could not run; a
// budget that falls short is a result, not a failure.
import { coldStart } from "./benchmarks/cold-start.ts";
import { groupCaps } from "./benchmarks/group-caps.ts";
import { handlerCpu } from "./benchmarks/handler-cpu.ts";
import { kill } from "./benchmarks/kill.ts";
import { killFeatures } from "./benchmarks/kill-features.ts";
import { localThroughput } from "./benchmarks/local-throughput.ts";
import { requests } from "./benchmarks/requests.ts";
import { synthBudget } from "./benchmarks/synth.ts";
import { writeDocsPage } from "./docs-page.ts";
import type { BenchDocument, Benchmark, BenchmarkFailure, BenchmarkResult } from "./document.ts";
import { describeMachine } from "./measure/machine.ts";
import { type BenchOptions, readOptions, usage } from "./options.ts";
import { stopAllChildren } from "./setup/children.ts";
import { stopAllProbes } from "./setup/probe.ts";
import { renderDocument } from "./table.ts";

const BENCHMARKS: readonly Benchmark[] = [
	requests,
	handlerCpu,
	coldStart,
	localThroughput,
	groupCaps,
	kill,
	killFeatures,
	synthBudget,
];
const NAMES = BENCHMARKS.map((benchmark) => benchmark.name);

async function main(options: BenchOptions): Promise<BenchDocument> {
	const startedAt = new Date();
	const machine = describeMachine();
	const benchmarks: BenchmarkResult[] = [];
	const failures: BenchmarkFailure[] = [];
	for (const benchmark of BENCHMARKS.filter(({ name }) => options.only.includes(name))) {
		const { name, title } = benchmark;
		const command = `npm run bench -- --only ${name} --rounds ${options.rounds}`;
		const progress = (message: string): void => console.error(`${name}: ${message}`);
		try {
			const result = await benchmark.run({ rounds: options.rounds, progress });
			benchmarks.push({ name, title, command, ...result });
		} catch (error) {
			failures.push({ name, command, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
		} finally {
			await Promise.all([stopAllChildren(), stopAllProbes()]);
		}
	}
	const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
	return { startedAt: startedAt.toISOString(), seconds, rounds: options.rounds, machine, benchmarks, failures };
}

function readOptionsOrExit(): BenchOptions {
	try {
		return readOptions(process.argv.slice(2), NAMES);
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage(NAMES)}`);
		process.exit(2);
	}
}

const options = readOptionsOrExit();
if (options.help) {
	console.log(usage(NAMES));
} else {
	const document = await main(options);
	if (options.docs) await writeDocsPage(document);
	console.log(options.json ? JSON.stringify(document, null, "\t") : renderDocument(document));
	if (document.failures.length > 0) process.exitCode = 1;
}
