// Writes the results of a run into docs/benchmarks.md: each benchmark has its own stretch of the page between two
// comments, with machine, date and command beside the numbers, so that benchmarks can be measured again one by one.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchDocument, BenchmarkResult, Measure, Verdict } from "./document.ts";
import { PROJECT_FOLDER } from "./setup/paths.ts";
import { plain } from "./table.ts";

const PAGE = join(PROJECT_FOLDER, "docs", "benchmarks.md");

/** Replaces the stretch of every benchmark of the document. @throws Error when the page has no place for one. */
export async function writeDocsPage(document: BenchDocument): Promise<void> {
	let page = await readFile(PAGE, "utf8");
	for (const result of document.benchmarks) page = replaceStretch(page, result.name, renderStretch(document, result));
	await writeFile(PAGE, page);
}

export function replaceStretch(page: string, name: string, text: string): string {
	const begin = `<!-- bench:${name} -->`;
	const end = `<!-- /bench:${name} -->`;
	const from = page.indexOf(begin);
	const to = page.indexOf(end);
	if (from === -1 || to < from) throw new Error(`docs/benchmarks.md has no stretch for ${name}: ${begin} … ${end}`);
	return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}

export function renderStretch(document: BenchDocument, result: BenchmarkResult): string {
	const { machine } = document;
	const paragraphs = [
		`\`${result.command}\`, ${document.startedAt.slice(0, 10)}, ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGib} GiB, ` +
			`${machine.system}, Node ${machine.node}, load at start ${machine.loadAtStart}.`,
		renderMeasures(result.measures),
		renderVerdicts(result.verdicts),
		result.missing.map((missing) => `Missing in this run: ${missing}.`).join("\n\n"),
		result.notes.map((note) => `- ${note}`).join("\n"),
		renderVersions(result.versions),
	];
	return paragraphs.filter((paragraph) => paragraph !== "").join("\n\n");
}

/** A row per quantity, a column per subject. */
function renderMeasures(measures: readonly Measure[]): string {
	const subjects = [...new Set(measures.map(({ subject }) => subject))];
	const quantities = [...new Set(measures.map(({ what, unit }) => `${what}, ${unit}`))];
	const cell = (subject: string, quantity: string): string => {
		const found = measures.find((each) => each.subject === subject && `${each.what}, ${each.unit}` === quantity);
		return found === undefined ? "" : withRange(found.median, [found.min, found.max]);
	};
	return table(
		["", ...subjects],
		quantities.map((quantity) => [quantity, ...subjects.map((subject) => cell(subject, quantity))]),
	);
}

function renderVerdicts(verdicts: readonly Verdict[]): string {
	return table(
		["budget", "limit", "measured", ""],
		verdicts.map(({ what, limit, value, range, holds }) => [
			what,
			limit,
			withRange(value, range),
			holds ? "holds" : "**falls short**",
		]),
	);
}

function withRange(median: number, range: readonly [number, number] | undefined): string {
	if (range === undefined || range[0] === range[1]) return plain(median);
	return `${plain(median)} (${plain(range[0])}–${plain(range[1])})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	if (rows.length === 0) return "";
	const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function renderVersions(versions: Readonly<Record<string, string>>): string {
	const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
	return list.length === 0 ? "" : `Versions: ${list.join(", ")}.`;
}
