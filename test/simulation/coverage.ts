/** Which of the engine's code ran, by V8's own count of blocks. Types are blanked out before the code runs, so offsets are those of the source. */
import { globSync, readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { stripTypeScriptTypes } from "node:module";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../", import.meta.url));
/** The code whose branches must be reached: also what no world has loaded. */
const measured: ReadonlySet<string> = new Set(
	globSync(["shared/engine/**/*.ts", "shared/client/send-runs.ts"], { cwd: project }).map(withSlashes),
);

function withSlashes(path: string): string {
	return path.split(sep).join("/");
}

export interface Coverage {
	/** By path in the project: for each offset of the source, whether it ran. */
	take(): Promise<ReadonlyMap<string, Uint8Array>>;
}

export function createCoverage(): Coverage {
	const session = new Session();
	session.connect();
	const started = session
		.post("Profiler.enable")
		.then(() => session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: true }));
	return {
		async take() {
			await started;
			const { result } = await session.post("Profiler.takePreciseCoverage");
			const covered = new Map<string, Uint8Array>();
			for (const { url, functions } of result) {
				const path = url.startsWith("file:") ? withSlashes(relative(project, fileURLToPath(url))) : "";
				if (!measured.has(path)) continue;
				const ranges = functions.flatMap(({ ranges: own }) => own);
				const size = Math.max(...ranges.map(({ endOffset }) => endOffset));
				// The module itself ran before anybody counted; its functions are counted.
				const ran = new Uint8Array(size).fill(1);
				const inner = ranges.filter(({ startOffset, endOffset }) => startOffset > 0 || endOffset < size);
				// From the outside in: an inner range says it better.
				inner.sort((one, other) => one.startOffset - other.startOffset || other.endOffset - one.endOffset);
				for (const { startOffset, endOffset, count } of inner) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
				covered.set(path, ran);
			}
			return covered;
		},
	};
}

export function mergeCoverage(into: Map<string, Uint8Array>, from: ReadonlyMap<string, Uint8Array>): void {
	for (const [path, ran] of from) {
		const known = into.get(path);
		if (known === undefined) into.set(path, ran);
		else
			ran.forEach((value, offset) => {
				if (value === 1) known[offset] = 1;
			});
	}
}

export interface CoverageReport {
	readonly linesRun: number;
	readonly lines: number;
	/** Branches never taken: `path:line`, and how the code begins. */
	readonly neverRun: readonly { readonly at: string; readonly code: string }[];
}

export function reportCoverage(covered: ReadonlyMap<string, Uint8Array>): CoverageReport {
	let linesRun = 0;
	let lines = 0;
	const neverRun: { at: string; code: string }[] = [];
	for (const path of [...measured].sort()) {
		const ran = covered.get(path) ?? new Uint8Array();
		const source = readFileSync(`${project}${path}`, "utf8");
		const code = stripTypeScriptTypes(source).replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, (comment) =>
			comment.replace(/[^\n]/g, " "),
		);
		let offset = 0;
		let missing = false;
		code.split("\n").forEach((text, index) => {
			const first = text.search(/[^\s{}()[\];,]/);
			if (first >= 0) {
				const missed = [...text].findIndex((sign, column) => /[^\s{}()[\];,]/.test(sign) && ran[offset + column] !== 1);
				lines++;
				if (missed < 0 || missed > first) linesRun++;
				if (missed >= 0 && !missing)
					neverRun.push({ at: `${path}:${index + 1}`, code: text.slice(missed).trim().slice(0, 100) });
				missing = missed >= 0;
			}
			offset += text.length + 1;
		});
	}
	return { linesRun, lines, neverRun };
}
