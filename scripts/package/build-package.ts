/**
 * `npm pack` runs this: compiles what a team imports into `dist`, as JavaScript and declarations, because Node strips types of no file under
 * node_modules. The folders in `dist` are those of the sources, so that every relative path between them holds.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

const project = join(import.meta.dirname, "../..");
const dist = join(project, "dist");

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [compiler(), "-p", "tsconfig.package.json"], { cwd: project, stdio: "inherit" });
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
	if (entry.isFile() && /\.(js|d\.ts)$/.test(entry.name)) rewrite(join(entry.parentPath, entry.name));
}
// The compiler copies the whole one, because the command line reads its version. Here it is the scope of what lies in `dist`.
const { version, sideEffects } = packageJson;
writeFileSync(
	join(dist, "package.json"),
	`${JSON.stringify({ type: "module", version, sideEffects: sideEffects.map(compiled) }, null, 2)}\n`,
);

function compiler(): string {
	const file = createRequire(import.meta.url).resolve("typescript/package.json");
	const { bin } = JSON.parse(readFileSync(file, "utf8")) as { readonly bin: { readonly tsc: string } };
	return join(dirname(file), bin.tsc);
}

function compiled(path: string): string {
	return path.replace(/\.ts$/, ".js");
}

/** What the compiler leaves: files that are named by URL, and the imports of declarations. */
function rewrite(file: string): void {
	const before = readFileSync(file, "utf8");
	const after = file.endsWith(".d.ts")
		? before.replace(/((?:from|import\() ?"\.{1,2}\/[^"]+)\.ts"/g, '$1.js"')
		: before.replace(/(new URL\(["`][^"`]+)\.ts(["`], import\.meta\.url\))/g, "$1.js$2");
	if (after !== before) writeFileSync(file, after);
}
