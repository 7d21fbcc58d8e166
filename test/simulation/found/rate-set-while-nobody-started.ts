import type { Finding } from "./finding.ts";

/**
 * An operator sets a higher rate, nobody starts, and the operator sets another one just before many runs come. They start at the rate that was set
 * first, which is right: the new one is in force 5 s after the next start that is asked for (docs/guides/rate-limits.md). The checker was wrong: it
 * looked at what was set only when somebody started. Mended: it takes note of every rate that was ever set (checkers/rate-holds.ts).
 */
export const rateSetWhileNobodyStarted: Finding = {
	name: "rate-set-while-nobody-started",
	status: "fixed",
	promise: "INV-08",
	what: "A checker knows only the rates in force at starts, and not one that was set and set anew while nobody started.",
	seed: 60003285,
	kept: ["step 22: set a limit", "step 24: time passes", "step 32: produce many at once", "step 33: change a limit"],
};
