/** Watches folders of source code and calls back once things have been quiet for a moment after a change. */
import { existsSync, type FSWatcher, watch } from "node:fs";

/** Editors write a file in several steps, and a save of all touches many. */
const QUIET_MS = 120;
const SOURCE = /\.(ts|mts|js|mjs|json)$/;

export interface CodeWatcher {
	stop(): void;
}

export function watchCode(folders: readonly string[], onChange: () => void): CodeWatcher {
	let timer: NodeJS.Timeout | undefined;
	const watchers: FSWatcher[] = [];
	for (const folder of folders.filter((path) => existsSync(path))) {
		const watcher = watch(folder, { recursive: true }, (_event, file) => {
			if (file === null || !SOURCE.test(file)) return;
			clearTimeout(timer);
			timer = setTimeout(onChange, QUIET_MS);
		});
		// A folder that disappears ends its own watching; the others go on.
		watcher.on("error", () => watcher.close());
		watchers.push(watcher);
	}
	return {
		stop() {
			clearTimeout(timer);
			for (const watcher of watchers) watcher.close();
		},
	};
}
