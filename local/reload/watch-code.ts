/**
 * Watches folders of source code and calls back once things have been quiet for a moment after a change.
 * One watcher a folder, none a file: a file that is replaced by renaming (editors, git, sed -i) is another file, but its folder tells.
 */
import { existsSync, type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join, sep } from "node:path";

/** Editors write a file in several steps, and a save of all touches many. */
const QUIET_MS = 120;
const SOURCE = /\.(ts|mts|js|mjs|json)$/;
/** Folders that hold what was installed, built or kept, which is many files and no source. */
const NO_SOURCE = /^(node_modules|cdk\.out|build|dist|out|\..+)$/;

export interface CodeWatcher {
	stop(): void;
}

export function watchCode(folders: readonly string[], onChange: () => void): CodeWatcher {
	let timer: NodeJS.Timeout | undefined;
	const watchers = new Map<string, FSWatcher>();

	function changed(): void {
		clearTimeout(timer);
		timer = setTimeout(onChange, QUIET_MS);
	}

	/** @throws what `fs.watch` throws, as when the system's limit of watches is reached. */
	function watchTree(folder: string): void {
		const watcher = watch(folder, (event, name) => {
			if (name !== null && NO_SOURCE.test(name)) return;
			if (name === null || SOURCE.test(name)) changed();
			if (event === "rename" && name !== null) renamed(join(folder, name));
		});
		// A folder that disappears ends its own watching; the others go on.
		watcher.on("error", () => watcher.close());
		watchers.set(folder, watcher);
		// Listed when the watcher is there already, so that no folder is made unseen in between.
		for (const entry of readdirSync(folder, { withFileTypes: true })) {
			const path = join(folder, entry.name);
			if (entry.isDirectory() && !NO_SOURCE.test(entry.name) && !watchers.has(path)) watchTree(path);
		}
	}

	/** What came, went, or came in the place of another: a folder's watchers are those of the folder that is there now. */
	function renamed(path: string): void {
		const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
		const outdated = [...watchers].filter(([folder]) => folder === path || folder.startsWith(path + sep));
		if (!isFolder && outdated.length === 0) return;
		for (const [folder, watcher] of outdated) {
			watcher.close();
			watchers.delete(folder);
		}
		changed();
		try {
			if (isFolder) watchTree(path);
		} catch {
			// Gone again; its folder tells when it comes back.
		}
	}

	for (const folder of folders.filter((path) => existsSync(path))) watchTree(folder);
	return {
		stop() {
			clearTimeout(timer);
			for (const watcher of watchers.values()) watcher.close();
		},
	};
}
