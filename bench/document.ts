// The shape of what the bench says: one document, printed as JSON or as tables. Everything a reader needs to doubt a
// number stands beside it: the samples, the machine, the versions, and what was missing.
import type { Machine } from "./measure/machine.ts";
import type { Sample } from "./measure/statistics.ts";

/** One quantity of one subject (Millrace or a peer). */
export interface Measure extends Sample {
	readonly subject: string;
	readonly what: string;
	readonly unit: string;
}

/** A budget and whether this run kept it. `value` is the median, or the worst case where the budget is about counts. */
export interface Verdict {
	readonly what: string;
	readonly value: number;
	readonly limit: string;
	readonly holds: boolean;
	readonly range?: readonly [number, number];
}

export interface BenchmarkResult {
	readonly name: string;
	readonly title: string;
	readonly command: string;
	readonly measures: readonly Measure[];
	readonly verdicts: readonly Verdict[];
	readonly versions: Readonly<Record<string, string>>;
	/** What could not be measured here, and how to make it measurable. Empty when everything ran. */
	readonly missing: readonly string[];
	readonly notes: readonly string[];
}

/** A benchmark that threw: the others still run, and the process exits 1. */
export interface BenchmarkFailure {
	readonly name: string;
	readonly command: string;
	readonly error: string;
}

export interface BenchDocument {
	readonly startedAt: string;
	readonly seconds: number;
	readonly rounds: number;
	readonly machine: Machine;
	readonly benchmarks: readonly BenchmarkResult[];
	readonly failures: readonly BenchmarkFailure[];
}

/** What a benchmark is given. */
export interface BenchContext {
	readonly rounds: number;
	/** Says on standard error what is being measured. */
	readonly progress: (message: string) => void;
}

export interface Benchmark {
	readonly name: string;
	readonly title: string;
	readonly run: (context: BenchContext) => Promise<Omit<BenchmarkResult, "name" | "title" | "command">>;
}

export function measure(subject: string, what: string, unit: string, sample: Sample): Measure {
	return { subject, what, unit, ...sample };
}

export function atMost(what: string, sample: Sample, limit: number, unit = ""): Verdict {
	return verdict(what, sample, `<= ${limit}${unit}`, sample.median <= limit);
}

export function atLeast(what: string, sample: Sample, limit: number, unit = ""): Verdict {
	return verdict(what, sample, `>= ${limit}${unit}`, sample.median >= limit);
}

function verdict(what: string, sample: Sample, limit: string, holds: boolean): Verdict {
	return { what, value: sample.median, limit, holds, range: [sample.min, sample.max] };
}
