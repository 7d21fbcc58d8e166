import type { Finding } from "./finding.ts";

/**
 * Two sweeps at once, the deployed one and an operator's, look at the same stretch of a schedule's time and find the same ticks missed. Each
 * noted them up to its own moment, and the later moment let the second note pass too. Mended: what was counted is noted only if nobody has
 * looked since where the look began (check-ticks.ts).
 */
export const missedCountedByBoth: Finding = {
	name: "missed-counted-by-both",
	status: "fixed",
	promise: "INV-11",
	what: "Ticks that never came are counted twice, when two sweeps look at once.",
	seed: 1676,
	kept: ["world: schedules", "step 17: time passes", "step 19: sweep", "19: two sweeps at once"],
};
