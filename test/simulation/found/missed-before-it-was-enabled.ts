import type { Finding } from "./finding.ts";

/**
 * A deploy enables a schedule that the catalogue had disabled, or brings a new one, just before a sweep. That took the two minutes before its first
 * look for time that was still to be looked at, and the next sweep made up for ticks that were due while the schedule was disabled; of one that
 * an older sweep had looked at while it was disabled, for all that were due since. Mended: nobody looks at what is disabled, and the first look
 * begins with its own moment (check-ticks.ts).
 */
export const missedBeforeItWasEnabled: Finding = {
	name: "missed-before-it-was-enabled",
	status: "fixed",
	promise: "INV-11",
	what: "Ticks due shortly before a deploy enabled their schedule are counted as missed, and made up for.",
	seed: 139,
	kept: [
		"world: schedules",
		"world: a schedule that the next version enables",
		"step 4: time passes",
		"step 7: sweep",
		"7: two sweeps at once",
		"step 8: time passes",
		"o7b sweeps.due 1: dies and the call lands later",
		"o7a sweeps.watch 1: frozen",
		"step 16: time passes",
		"step 17: deploy",
		"step 19: time passes",
		"step 25: time passes",
		"o7b sweeps.watch 1: dies and the call lands later",
	],
};
