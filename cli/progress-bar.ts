/** A run's progress on one line of a terminal; elsewhere nothing, so that logs stay clean. */

import { cutToWidth, safeLine } from "../shared/kernel/safe-text.ts";
import type { RunView } from "../shared/wire/run-view.ts";
import { progressWords } from "./describe-run.ts";
import type { Io } from "./io.ts";

const BAR_COLUMNS = 24;

export interface ProgressBar {
	show(view: RunView): void;
	/** Takes the line away. */
	clear(): void;
}

export function createProgressBar(io: Io): ProgressBar {
	if (!io.interactive) return { show: () => {}, clear: () => {} };
	let shown = false;
	return {
		show(view) {
			shown = true;
			io.overwrite(cutToWidth(safeLine(barLine(view)), io.columns - 1));
		},
		clear() {
			if (shown) io.overwrite("");
		},
	};
}

/** `[############------------]  50%  Checking thresholds` */
export function barLine(view: RunView): string {
	if (view.state !== "PROGRESS") return view.state;
	const percent = Math.min(100, Math.max(0, view.meta.progress ?? 0));
	const full = Math.round((percent / 100) * BAR_COLUMNS);
	return `[${"#".repeat(full)}${"-".repeat(BAR_COLUMNS - full)}]  ${progressWords(view.meta)}`;
}
