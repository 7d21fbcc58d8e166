/**
 * Runs inside Lambda, before everything else in a bundle: stack traces name the source instead of a place in the bundle.
 *
 * Node's `--enable-source-maps` does the same, but at every import it reads the map and counts the characters of the bundle, for traces that
 * nearly no cold start has. Here that waits for the first trace that is read. See docs/decisions/0013-source-maps-on-demand.md.
 */
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload, type SourceMapping } from "node:module";
import { fileURLToPath } from "node:url";

/** What @types/node leaves out: the name that the source has for what stands there. */
interface Entry extends SourceMapping {
	readonly name?: string;
}

interface Place {
	readonly line: number | null;
	readonly column: number | null;
}

/** The bundle's files lie side by side, each with its map. */
const folder = new URL(".", import.meta.url).href;
const maps = new Map<string, SourceMap | undefined>();

function mapOf(file: string): SourceMap | undefined {
	if (!maps.has(file)) maps.set(file, readMap(file));
	return maps.get(file);
}

/** `undefined` where there is none: dependencies have no map. A trace is told in any case. */
function readMap(file: string): SourceMap | undefined {
	try {
		return new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${file}.map`), "utf8")) as SourceMapPayload);
	} catch {
		return undefined;
	}
}

function entryAt(map: SourceMap, { line, column }: Place): Entry | undefined {
	// Traces count from 1, maps from 0.
	const entry: Entry | object = map.findEntry((line ?? 1) - 1, (column ?? 1) - 1);
	return "originalSource" in entry && entry.originalSource !== undefined ? entry : undefined;
}

const placeOf = (site: NodeJS.CallSite): Place => ({ line: site.getLineNumber(), column: site.getColumnNumber() });

/** As Node tells a frame with a source map; `undefined` for a frame that is not of the project. */
function frameInSource(site: NodeJS.CallSite, caller: NodeJS.CallSite | undefined): string | undefined {
	const file = site.getFileName() ?? "";
	const map = file.startsWith(folder) ? mapOf(file) : undefined;
	const entry = map && entryAt(map, placeOf(site));
	if (map === undefined || entry === undefined) return undefined;
	const begin = { line: site.getEnclosingLineNumber(), column: site.getEnclosingColumnNumber() };
	// Minifying shortened the name; it stands where the function begins, or else where it is called.
	const name =
		entryAt(map, begin)?.name ??
		(caller?.getFileName() === file ? entryAt(map, placeOf(caller))?.name : undefined) ??
		site.getFunctionName() ??
		"<anonymous>";
	const kind = site.isAsync() ? "async " : site.isConstructor() ? "new " : "";
	const source = fileURLToPath(new URL(entry.originalSource, file));
	return `${kind}${name} (${source}:${entry.originalLine + 1}:${entry.originalColumn + 1})`;
}

const before = Error.prepareStackTrace;

/** Whoever formats traces, Node or a tracer in a layer, goes on doing so; only the frames of the project are replaced in the text. */
Error.prepareStackTrace = (error, sites) => {
	let text: unknown = before?.(error, sites);
	for (const [index, site] of sites.entries()) {
		const frame = typeof text === "string" ? frameInSource(site, sites[index + 1]) : undefined;
		if (typeof text === "string" && frame !== undefined) text = text.replace(`    at ${site}`, () => `    at ${frame}`);
	}
	return text;
};
