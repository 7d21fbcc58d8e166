// The document as plain text, one block per benchmark.
import type { BenchDocument, BenchmarkResult, Measure, Verdict } from "./document.ts";

export function renderDocument(document: BenchDocument): string {
	const { machine } = document;
	const head = [
		`${machine.cores} x ${machine.cpu}, ${machine.memoryGib} GiB, ${machine.system}, Node ${machine.node}`,
		`${document.startedAt}, ${document.seconds} s, ${document.rounds} rounds, load at start ${machine.loadAtStart}`,
	];
	const blocks = document.benchmarks.map(renderBenchmark);
	const failures = document.failures.map((failure) => `FAILED ${failure.name}: ${failure.error}`);
	return [head.join("\n"), ...blocks, ...failures].join("\n\n");
}

function renderBenchmark(result: BenchmarkResult): string {
	const lines = [`${result.name}: ${result.title}`, `  ${result.command}`];
	lines.push(...columns(result.measures.map(measureRow)));
	lines.push(...columns(result.verdicts.map(verdictRow)));
	lines.push(...result.missing.map((missing) => `  missing: ${missing}`));
	lines.push(...result.notes.map((note) => `  note: ${note}`));
	const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`);
	if (versions.length > 0) lines.push(`  versions: ${versions.join(", ")}`);
	return lines.join("\n");
}

function measureRow(measure: Measure): readonly string[] {
	const range = measure.samples.length > 1 ? `(${plain(measure.min)}..${plain(measure.max)})` : "";
	return [measure.subject, measure.what, plain(measure.median), measure.unit, range];
}

function verdictRow(verdict: Verdict): readonly string[] {
	const range = verdict.range ? `(${plain(verdict.range[0])}..${plain(verdict.range[1])})` : "";
	return [verdict.holds ? "holds" : "FALLS SHORT", verdict.what, plain(verdict.value), verdict.limit, range];
}

function columns(rows: readonly (readonly string[])[]): string[] {
	const width = (at: number): number => Math.max(...rows.map((row) => row[at]?.length ?? 0));
	return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(width(at))).join("  ")}`.trimEnd());
}

/** Three significant figures, as many digits as the noise of the machine deserves; whole numbers as they are. */
export function plain(value: number): string {
	if (!Number.isFinite(value)) return "-";
	if (Number.isInteger(value)) return String(value);
	return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
