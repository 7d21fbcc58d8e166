/**
 * A bundle whose inputs are all as they were is not built again. Remembered beside it is what it came from: every source, what decides where an import leads,
 * the bundler itself, and the files it wrote. One byte that differs, in any of them, and it is built anew.
 */
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { WorkerBundle, WorkerEntry } from "./worker-bundle.ts";

interface Memory {
	readonly bundler: string;
	readonly bundle: WorkerBundle;
	/** Path and fingerprint of what was there, and of what was not. */
	readonly seen: Readonly<Record<string, string>>;
}

/** In all folders above a source. */
const decideImports = ["package.json", "tsconfig.json"];
/** In all folders above an entry: what a package manager has installed. */
const installed = [
	...["package-lock.json", "node_modules/.package-lock.json", "pnpm-lock.yaml", "node_modules/.modules.yaml"],
	...["yarn.lock", "node_modules/.yarn-state.yml", "bun.lock"],
];
/** A file system's clock may lag behind ours. */
const CLOCK_LAG_MS = 100;

const isInstalled = (path: string): boolean => path.split(sep).includes("node_modules");
const memoryOf = (folder: string): string => `${folder}.inputs.json`;

/** Of the bundle of this entry in this folder; `undefined` when it has to be built. Others' files in the folder are taken away, as by building. */
export function recallBundle({ group, entry }: WorkerEntry, folder: string): WorkerBundle | undefined {
	try {
		const { bundler, bundle, seen } = JSON.parse(readFileSync(memoryOf(folder), "utf8")) as Memory;
		if (bundler !== fingerprintOfBundler() || bundle.group !== group || bundle.entry !== entry) return undefined;
		if (bundle.folder !== folder) return undefined;
		const print = fingerprints();
		if (Object.entries(seen).some(([path, known]) => print(path) !== known)) return undefined;
		for (const name of readdirSync(folder)) {
			const path = join(folder, name);
			if (seen[path] === undefined) rmSync(path, { recursive: true, force: true });
		}
		return bundle;
	} catch {
		// There is none, or half of one.
		return undefined;
	}
}

/** @param startedAtMs before the build: what has changed since may have been read in either state, and is not remembered. */
export function rememberBundles(bundles: readonly WorkerBundle[], startedAtMs: number): void {
	const print = fingerprints();
	const bundler = fingerprintOfBundler();
	for (const bundle of bundles) {
		const sources = [...bundle.sources.map((path) => resolve(path)), bundle.entry];
		const inputs = new Set([...sources, ...sources.flatMap(decidersOf), ...above(bundle.entry, installed)]);
		if ([...inputs].some((path) => changedSince(path, startedAtMs) || isDerived(path))) continue;
		const outputs = readdirSync(bundle.folder).map((name) => join(bundle.folder, name));
		const seen = Object.fromEntries([...inputs, ...outputs].map((path) => [path, print(path)]));
		const memory: Memory = { bundler, bundle, seen };
		const draft = `${bundle.folder}.${randomUUID()}.draft`;
		writeFileSync(draft, JSON.stringify(memory));
		renameSync(draft, memoryOf(bundle.folder));
	}
}

/** Besides the settings of packages and compiler, a new file beside a source may stand where an import led elsewhere. */
function decidersOf(source: string): readonly string[] {
	return isInstalled(source)
		? above(source, decideImports.slice(0, 1))
		: [...above(source, decideImports), dirname(source)];
}

function above(path: string, names: readonly string[]): readonly string[] {
	const folder = dirname(path);
	return [...names.map((name) => join(folder, name)), ...(folder === dirname(folder) ? [] : above(folder, names))];
}

function changedSince(path: string, timeMs: number): boolean {
	const found = statSync(path, { throwIfNoEntry: false });
	return found?.isFile() === true && found.ctimeMs >= timeMs - CLOCK_LAG_MS;
}

/** From a file that is not seen here. */
const isDerived = (path: string): boolean =>
	path.endsWith(`${sep}tsconfig.json`) &&
	statSync(path, { throwIfNoEntry: false }) !== undefined &&
	readFileSync(path, "utf8").includes('"extends"');

/** Each path once: content of a file, names in a folder, nothing for what is not there. */
function fingerprints(): (path: string) => string {
	const known = new Map<string, string>();
	return (path) => {
		const print = known.get(path) ?? fingerprint(path);
		known.set(path, print);
		return print;
	};
}

function fingerprint(path: string): string {
	const found = statSync(path, { throwIfNoEntry: false });
	if (found === undefined) return "";
	const content = found.isDirectory() ? JSON.stringify(readdirSync(path).sort()) : readFileSync(path);
	return createHash("sha256").update(content).digest("base64url");
}

/** Its own files, esbuild, Node, and the folder that sources are named from. */
function fingerprintOfBundler(): string {
	const folder = dirname(fileURLToPath(import.meta.url));
	const own = readdirSync(folder, { withFileTypes: true }).filter((found) => found.isFile());
	const esbuild = createRequire(import.meta.url)("esbuild/package.json") as { readonly version: string };
	const parts = own.map(({ name }) => [name, fingerprint(join(folder, name))]);
	const all = JSON.stringify([process.version, process.cwd(), esbuild.version, parts.sort()]);
	return createHash("sha256").update(all).digest("base64url");
}
