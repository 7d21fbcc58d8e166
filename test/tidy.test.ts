/**
 * The style rules that a linter can't say. Each test answers with the list of what breaks its rule, so that the report names the files.
 * After a mistake that one of these could have caught, add the rule here.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { listProjectFiles, projectFolder, readProjectFile } from "./support/project-files.ts";

const files = listProjectFiles();
const textFiles = files.filter((path) => /(\.(ts|md|json|jsonc|grit|py|yml|sh|txt)|\/run|\.npmrc)$/.test(path));
const sources = files.filter((path) => path.endsWith(".ts"));
const pages = files.filter((path) => path.endsWith(".md"));
const code = sources.filter((path) => !path.startsWith("test/") || path.startsWith("test/support/"));

interface Line {
	readonly at: string;
	readonly text: string;
}

const linesOf = (path: string): readonly Line[] =>
	readProjectFile(path)
		.split("\n")
		.map((text, index) => ({ at: `${path}:${index + 1}`, text }));

const linesThat = (paths: readonly string[], breaks: (text: string) => boolean): readonly string[] =>
	paths
		.flatMap(linesOf)
		.filter(({ text }) => breaks(text))
		.map(({ at, text }) => `${at} ${text.trim()}`);

describe("files", () => {
	/** Files that may be longer, each with its argument. */
	const longFiles: Readonly<Record<string, string>> = {};

	test("are at most 400 lines long", () => {
		const long = sources.filter((path) => readProjectFile(path).split("\n").length > 401);
		expect(long.filter((path) => longFiles[path] === undefined)).toEqual([]);
		expect(Object.keys(longFiles).filter((path) => !long.includes(path))).toEqual([]);
	});

	test("stand in folders called for their subject", () => {
		const banned = new Set(["utils", "util", "helpers", "helper", "common", "types", "misc", "lib"]);
		const folders = new Set(files.map((path) => dirname(path)));
		expect([...folders].filter((folder) => folder.split("/").some((name) => banned.has(name)))).toEqual([]);
	});

	test("open with a comment that says what they are", () => {
		const opens = (path: string): boolean => /^(#!.*\n)?(\/\*\*|\/\/)/.test(readProjectFile(path));
		expect(code.filter((path) => !opens(path))).toEqual([]);
	});

	test("leave nothing to be done later", () => {
		// Spelled apart, so that this file does not break its own rule.
		const marks = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`);
		expect(linesThat(textFiles, (text) => marks.test(text))).toEqual([]);
	});

	test("name no machine's own folder", () => {
		const folders = new RegExp(`(^|[\\s"'\`(=:])/(${["work", "root", "Users", "home"].join("|")})/`);
		expect(linesThat(textFiles, (text) => folders.test(text))).toEqual([]);
	});
});

describe("packages", () => {
	interface LockedPackage {
		readonly resolved?: string;
		readonly optionalDependencies?: Readonly<Record<string, string>>;
	}
	const lockFiles = files.filter((path) => path.endsWith("package-lock.json"));
	const packagesOf = (path: string): readonly (readonly [string, LockedPackage])[] =>
		Object.entries((JSON.parse(readProjectFile(path)) as { packages: Record<string, LockedPackage> }).packages);

	test("come from whatever registry the machine is set to", () => {
		const fixed = lockFiles.flatMap((path) =>
			packagesOf(path).flatMap(([name, { resolved }]) => (resolved?.startsWith("http") ? [`${path} ${name}`] : [])),
		);
		expect(fixed).toEqual([]);
		expect(linesThat([".npmrc"], (text) => /registry *=/.test(text))).toEqual([]);
	});

	test("are locked for every platform, so that `npm ci` takes the lock anywhere", () => {
		const locked = packagesOf("package-lock.json");
		const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, "")));
		const missing = locked.flatMap(([, { optionalDependencies }]) =>
			Object.keys(optionalDependencies ?? {}).filter((name) => name.includes("/") && !names.has(name)),
		);
		expect(missing).toEqual([]);
	});
});

describe("pages", () => {
	/** As GitHub makes an anchor of a heading. */
	const anchorOf = (heading: string): string =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, "")
			.replaceAll(" ", "-");
	const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
	const headingsOf = (path: string): readonly string[] =>
		[
			...readProjectFile(path)
				.replace(/^```[\s\S]*?^```/gm, "")
				.matchAll(/^#+ +(.+)$/gm),
		].map(([, heading]) => heading ?? "");

	test("link to what exists", () => {
		const broken = pages.flatMap((page) =>
			[...withoutCode(readProjectFile(page)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
				if (/^[a-z]+:/.test(target)) return [];
				const [path = "", anchor] = target.split("#");
				const file = path === "" ? page : normalize(join(dirname(page), path));
				const exists = existsSync(join(projectFolder, file));
				const hits = anchor === undefined || (exists && headingsOf(file).map(anchorOf).includes(anchor));
				return exists && hits ? [] : [`${page} -> ${target}`];
			}),
		);
		expect(broken).toEqual([]);
	});

	test("of docs/ are listed in its index", () => {
		const index = readProjectFile("docs/README.md");
		const inDocs = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
		/** A folder may list its own pages, if its list is listed. */
		const listed = (page: string): boolean => {
			const [folder = "", name = ""] = [dirname(page), basename(page)];
			const ownIndex = `${folder}/README.md`;
			if (index.includes(`(${page.slice("docs/".length)})`)) return true;
			return (
				folder !== "docs" &&
				pages.includes(ownIndex) &&
				listed(ownIndex) &&
				readProjectFile(ownIndex).includes(`(${name})`)
			);
		};
		expect(inDocs.filter((page) => !listed(page))).toEqual([]);
	});

	test("name only commands of package.json, or of the one beside the page", () => {
		const scriptsIn = (path: string): readonly string[] =>
			files.includes(path) ? Object.keys(JSON.parse(readProjectFile(path)).scripts) : [];
		const unknown = pages.flatMap((page) => {
			const scripts = [...scriptsIn("package.json"), ...scriptsIn(join(dirname(page), "package.json"))];
			return [...readProjectFile(page).matchAll(/\bnpm run ([a-z][a-z0-9:-]*)/g)].flatMap(([, name = ""]) =>
				scripts.includes(name) ? [] : [`${page}: npm run ${name}`],
			);
		});
		expect(unknown).toEqual([]);
	});

	test("name only files that exist", () => {
		const roots = "shared|lambdas|cdk|local|cli|test|bench|scripts|examples|docs";
		const paths = new RegExp(`\`((?:${roots})/[\\w./-]+\\.(?:ts|md|json|py|grit))\``, "g");
		// What the guides add as an example.
		const example = /send-welcome-email|lambdas\/worker\/bulk/;
		const missing = pages
			.filter((page) => page !== "CHANGELOG.md")
			.flatMap((page) =>
				[...readProjectFile(page).matchAll(paths)].flatMap(([, path = ""]) =>
					existsSync(join(projectFolder, path)) || example.test(path) ? [] : [`${page}: ${path}`],
				),
			);
		expect(missing).toEqual([]);
	});
});

describe("promises", () => {
	test("cited as INV-… anywhere are in the table of docs/architecture.md", () => {
		const numbered = (text: string): readonly string[] => text.match(/\bINV-\d\d\b/g) ?? [];
		const known = new Set(numbered(readProjectFile("docs/architecture.md")));
		const cited = [...sources, ...pages].flatMap((path) =>
			numbered(readProjectFile(path)).map((promise) => ({ path, promise })),
		);
		expect(cited.filter(({ promise }) => !known.has(promise))).toEqual([]);
		expect(known.size).toBeGreaterThan(0);
	});
});
