import type { Finding } from "./finding.ts";

/**
 * Two sweeps at once look at a schedule that nobody has looked at. Each noted only up to where it looks from now on; the later moment took the place
 * of the earlier one, and a tick between the two that never came was neither counted nor made up for. Mended: the first look is noted only where
 * there was none (check-ticks.ts).
 */
export const bothLookedFirst: Finding = {
	name: "both-looked-first",
	status: "fixed",
	promise: "INV-11",
	what: "A tick that never came is not missed when two first looks at its schedule lie before and after it.",
	seed: 8617,
	kept: [
		"world: schedules",
		"step 5: time passes",
		"step 6: time passes",
		"step 9: time passes",
		"step 13: sweep",
		"13: two sweeps at once",
		"step 17: time passes",
		"o13a schedules.list 1: slow answer",
	],
};
