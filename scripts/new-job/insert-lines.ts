/**
 * Puts a job into the two lists that are kept by hand: the catalogue and the entry file of its worker group. Works on the text, line
 * by line, so that comments and order stay; what it can't read it refuses, naming the line to add by hand.
 */
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { JobNames } from "./job-names.ts";

/** Adds the import and the entry in `jobs: [ … ]`, in alphabetical order. */
export function addToCatalogue(text: string, names: JobNames, family: string): string {
	const entry = `${names.definition},`;
	const importLine = `import { ${names.definition} } from "../jobs/${family}/${names.file}.ts";`;
	const listed = insertInBlock(text, { opens: /^\tjobs: \[$/, closes: /^\t\],?$/, line: `\t\t${entry}` });
	if (listed === undefined) throw unreadable("shared/catalogue/catalogue.ts", [importLine, entry]);
	return addImport(listed, importLine);
}

/** Adds the import and the entry in `createWorker(catalogue, group, { … })`, in alphabetical order; `{}` is opened. */
export function addToWorkerEntry(text: string, names: JobNames, family: string, group: string): string {
	const entry = `${names.wire}: ${names.implementation},`;
	const importLine = `import { ${names.implementation} } from "../jobs/${family}/${names.file}.ts";`;
	const opened = text.replace(/^(.*createWorker\(.*)\{\s*\}\);$/m, "$1{\n});");
	const listed = insertInBlock(opened, { opens: /createWorker\(.*\{$/, closes: /^\}\);$/, line: `\t${entry}` });
	if (listed === undefined) throw unreadable(`lambdas/worker/${group}.ts`, [importLine, entry]);
	return addImport(listed, importLine);
}

interface Block {
	readonly opens: RegExp;
	readonly closes: RegExp;
	readonly line: string;
}

/** Before the first line of the block that sorts after it, else at the block's end. `undefined` when there is no such block. */
function insertInBlock(text: string, { opens, closes, line }: Block): string | undefined {
	const lines = text.split("\n");
	const first = lines.findIndex((candidate) => opens.test(candidate)) + 1;
	if (first === 0) return undefined;
	const length = lines.slice(first).findIndex((candidate) => closes.test(candidate));
	if (length === -1) return undefined;
	const indent = /^\t*/.exec(line)?.[0] ?? "";
	const isEntry = (candidate: string): boolean =>
		candidate.startsWith(indent) && /[A-Za-z"]/.test(candidate.charAt(indent.length));
	const later = lines.slice(first, first + length).findIndex((candidate) => isEntry(candidate) && candidate > line);
	lines.splice(first + (later === -1 ? length : later), 0, line);
	return lines.join("\n");
}

/** Where the formatter would sort it: when it has to move another import to the front, it parts the head comment from it by a blank line. */
function addImport(text: string, importLine: string): string {
	const place = sortKey(importLine);
	const imports = [...text.matchAll(/^import [^;]*;\n/gm)];
	const later = imports.find(([statement]) => sortKey(statement) > place);
	const last = imports.at(-1);
	const at = later?.index ?? (last === undefined ? 0 : last.index + last[0].length);
	return `${text.slice(0, at)}${importLine}\n${text.slice(at)}`;
}

/** Packages, then the folders above, the farthest first, then this folder. */
function sortKey(importStatement: string): string {
	const path = /"([^"]+)";\s*$/.exec(importStatement)?.[1] ?? "";
	const distance = path.startsWith("./") ? 2 : path.startsWith("../") ? 1 : 0;
	return `${distance} ${path}`;
}

function unreadable(path: string, additions: readonly string[]): MillraceError {
	const byHand = additions.map((line) => `  ${line}`).join("\n");
	return new MillraceError(
		"usage",
		`${path} has a shape that this command can't edit; nothing was written. Add by hand:\n${byHand}`,
	);
}
