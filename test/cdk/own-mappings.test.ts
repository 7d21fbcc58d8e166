/** A map cut down to the project's files says of them what the whole map says, and of all else nothing. Node's own reader of maps is the judge. */
import { SourceMap, type SourceMapPayload, type SourceMapping } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { keepOwnMappings } from "../../cdk/bundle/own-mappings.ts";

interface Map extends SourceMapPayload {
	readonly mappings: string;
}
const read = (json: string): SourceMap => new SourceMap(JSON.parse(json) as SourceMapPayload);
const placeAt = (map: SourceMap, line: number, column: number) => {
	const { originalSource, originalLine, originalColumn, name } = map.findEntry(line, column) as Partial<
		SourceMapping & { name: string }
	>;
	return originalSource === undefined ? undefined : { originalSource, originalLine, originalColumn, name };
};

describe("a cut map", () => {
	it("keeps the project's places to the column and knows nothing of the others", async () => {
		const { outputFiles } = await build({
			entryPoints: [fileURLToPath(new URL("fixture/demanding-worker.ts", import.meta.url))],
			bundle: true,
			minify: true,
			platform: "node",
			format: "esm",
			mainFields: ["module", "main"],
			external: ["@aws-sdk/client-s3"],
			sourcemap: "external",
			outdir: "out",
			write: false,
		});
		const [whole = "", code = ""] = [".js.map", ".js"].map(
			(end) => outputFiles.find(({ path }) => path.endsWith(end))?.text,
		);
		const cut = keepOwnMappings(whole) ?? "";
		const [before, after] = [read(whole), read(cut)];
		let own = 0;
		for (const [line, text] of code.split("\n").entries()) {
			for (let column = 0; column < text.length; column++) {
				const wanted = placeAt(before, line, column);
				const isOwn = wanted !== undefined && !wanted.originalSource.includes("node_modules");
				if (isOwn) own++;
				const got = placeAt(after, line, column);
				if (isOwn) expect(got).toEqual(wanted);
				else if (got !== undefined) expect({ line, column, got, wanted }).toBeUndefined();
			}
		}
		expect(own).toBeGreaterThan(500);
		expect(cut.length).toBeLessThan(whole.length / 10);
	});

	const map = (sources: readonly string[], mappings: string, names: readonly string[] = []): string =>
		JSON.stringify({ version: 3, sources, names, mappings });
	const cutOf = (json: string): Map | undefined => {
		const cut = keepOwnMappings(json);
		return cut === undefined ? undefined : (JSON.parse(cut) as Map);
	};

	it("counts sources and names anew, and closes each stretch of the project with a segment of its own", () => {
		// Columns 0 and 4 of the first line are a dependency's, 8 and 9 the project's, 12 Node's own; the second line is the project's.
		const sources = ["../node_modules/a/a.js", "../src/b.ts", "builtin-module:node:fs"];
		expect(cutOf(map(sources, "AAAAA,IAAIA,ICACC,CAAA,GCAA;ADEAA", ["theirs", "ours"]))).toEqual({
			version: 3,
			sources: ["../src/b.ts"],
			names: ["ours"],
			mappings: "QAAKA,CAAA,G;AAEAA",
		});
	});

	it("of dependencies alone is none", () => {
		expect(cutOf(map(["node_modules/a.js", "/elsewhere/node_modules/b/c.js"], "AAAA,CCAA"))).toBeUndefined();
	});
});
