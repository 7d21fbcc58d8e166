/** Makes a folder hold exactly the given files. Files that already hold their bytes are not touched, so that two synths at once don't disturb each other. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** `files` by name; the folder is flat. */
export async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
	await mkdir(folder, { recursive: true });
	for (const [name, bytes] of files) await writeFileIfChanged(join(folder, name), bytes);
	for (const found of await readdir(folder)) {
		if (!files.has(found)) await rm(join(folder, found), { recursive: true, force: true });
	}
}

async function writeFileIfChanged(file: string, bytes: Uint8Array): Promise<void> {
	const present = await readFile(file).catch(() => undefined);
	if (present?.equals(bytes)) return;
	// Renaming is atomic: nobody reads half a file. Drafts lie beside the folder, where nobody takes them for files of an older bundle.
	const draft = `${dirname(file)}.${randomUUID()}.draft`;
	await writeFile(draft, bytes);
	await rename(draft, file);
}
