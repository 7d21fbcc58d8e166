/** A thread that runs seeds: answers each message, a range of seeds, with what became of them. With coverage, of the engine's code too. */
import { parentPort, workerData } from "node:worker_threads";
import { createCoverage } from "./coverage.ts";
import type { Breach } from "./history.ts";
import { runSeed } from "./run-seed.ts";
import { addToTally, type Tally } from "./tally.ts";

export interface SeedRange {
	readonly from: number;
	readonly count: number;
	/** The last range of this thread: its answer tells the coverage. */
	readonly last: boolean;
}

export interface RangeReport {
	readonly ran: number;
	readonly broken: readonly { readonly seed: number; readonly breaches: readonly Breach[] }[];
	readonly tally: Tally;
	/** By file, offsets of code that ran (1) and did not (0). Present with the last answer of a thread that measures it. */
	readonly covered?: ReadonlyMap<string, Uint8Array>;
}

// Nobody reads the stack of an error that a world throws, and taking it costs more than the rest of the throw.
Error.stackTraceLimit = 2;

const port = parentPort;
if (port === null) throw new Error("seed-thread.ts is run by run-seeds.ts, as a thread");
const coverage = (workerData as { coverage: boolean }).coverage ? createCoverage() : undefined;

async function runRange({ from, count, last }: SeedRange): Promise<RangeReport> {
	const tally: Tally = {};
	const broken: RangeReport["broken"][number][] = [];
	for (let seed = from; seed < from + count; seed++) {
		const { breaches } = await runSeed(seed, { observe: (seen) => addToTally(tally, seen) });
		if (breaches.length > 0) broken.push({ seed, breaches });
	}
	const report = { ran: count, broken, tally };
	return last && coverage !== undefined ? { ...report, covered: await coverage.take() } : report;
}

port.on("message", (range: SeedRange) => {
	void runRange(range).then(
		(report) => port.postMessage(report),
		(error: unknown) => {
			throw error;
		},
	);
});
