/** Many seeds on all processors: threads take a few at a time, and what they found is put together. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type CoverageReport, mergeCoverage, reportCoverage } from "./coverage.ts";
import type { RangeReport, SeedRange } from "./seed-thread.ts";
import { mergeTallies, type Tally } from "./tally.ts";

export interface SeedsOptions {
	readonly from: number;
	readonly count: number;
	/** Default one for each processor. */
	readonly threads?: number;
	/** Measure which of the engine's code ran. Default false. */
	readonly coverage?: boolean;
	/** Begin no more seeds once one failed for a reason that is not known. Default false. */
	readonly stopAtFirst?: boolean;
	/** Called now and then with the number of seeds run so far. */
	readonly onProgress?: (ran: number) => void;
}

export interface SeedsReport {
	readonly ran: number;
	readonly durationMs: number;
	/** By seed, rising: those that broke a promise in a way that no open finding explains. */
	readonly failures: RangeReport["broken"];
	/** Seeds that an open finding explains, by its name. */
	readonly explained: Readonly<Record<string, number>>;
	readonly tally: Tally;
	readonly coverage: CoverageReport | undefined;
}

const rangeSize = 25;

export async function runSeeds(options: SeedsOptions): Promise<SeedsReport> {
	const { from, count, threads = availableParallelism(), coverage = false } = options;
	const began = performance.now();
	const tally: Tally = {};
	const covered = new Map<string, Uint8Array>();
	const failures: RangeReport["broken"][number][] = [];
	const explained: Record<string, number> = {};
	let next = from;
	let ran = 0;

	function takeRange(): SeedRange | undefined {
		if (next >= from + count || (options.stopAtFirst === true && failures.length > 0)) return undefined;
		const range = { from: next, count: Math.min(rangeSize, from + count - next), last: false };
		next += range.count;
		return range;
	}

	function take(report: RangeReport): void {
		ran += report.ran;
		mergeTallies(tally, report.tally);
		if (report.covered !== undefined) mergeCoverage(covered, report.covered);
		for (const { seed, breaches } of report.broken) {
			const unknown = breaches.filter(({ explainedBy }) => explainedBy === undefined);
			if (unknown.length > 0) failures.push({ seed, breaches: unknown });
			for (const name of new Set(breaches.flatMap(({ explainedBy = [] }) => explainedBy)))
				explained[name] = (explained[name] ?? 0) + 1;
		}
		options.onProgress?.(ran);
	}

	const runThread = (): Promise<void> =>
		new Promise((resolve, reject) => {
			const thread = new Worker(new URL("./seed-thread.ts", import.meta.url), { workerData: { coverage } });
			let finishing = false;
			function goOn(): void {
				if (finishing) {
					void thread.terminate();
					resolve();
					return;
				}
				const range = takeRange();
				finishing = range === undefined;
				thread.postMessage(range ?? { from: 0, count: 0, last: true });
			}
			thread.on("message", (report: RangeReport) => {
				take(report);
				goOn();
			});
			thread.on("error", reject);
			goOn();
		});
	await Promise.all(Array.from({ length: Math.max(1, Math.min(threads, Math.ceil(count / rangeSize))) }, runThread));

	return {
		ran,
		durationMs: performance.now() - began,
		failures: failures.sort((one, other) => one.seed - other.seed),
		explained,
		tally,
		coverage: coverage ? reportCoverage(covered) : undefined,
	};
}
