/**
 * The project's own files, as a clean clone has them: everything but version control, what .gitignore names, and fixtures' data.
 * Walks the folder and asks no git, so that it also works in a copy without history.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const projectFolder = join(import.meta.dirname, "../..");

const ignoredFolders = new Set([
	".git",
	...readFileSync(join(projectFolder, ".gitignore"), "utf8")
		.split("\n")
		.filter((line) => line.endsWith("/"))
		.map((line) => line.slice(0, -1)),
]);

/** Paths from the project's folder, with forward slashes, sorted. */
export function listProjectFiles(folder = ""): readonly string[] {
	const entries = readdirSync(join(projectFolder, folder), { withFileTypes: true });
	return entries
		.flatMap((entry) => {
			const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
			if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : listProjectFiles(path);
			return entry.isFile() ? [path] : [];
		})
		.sort();
}

export const readProjectFile = (path: string): string => readFileSync(join(projectFolder, path), "utf8");
