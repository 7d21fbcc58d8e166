import type { Finding } from "./finding.ts";

/**
 * The rows of runs that have not ended are kept for five days, so that a paused class can't forget them; the first sweep of a platform looked
 * back over the day for which ended ones are kept. Mended: it begins as long ago as any row may be (sweep.ts), and so does the listing.
 */
export const firstSweepLooksBackADay: Finding = {
	name: "first-sweep-looks-back-a-day",
	status: "fixed",
	promise: "INV-01",
	what: "A run that was lost more than a day before the first sweep of a platform stays STARTED.",
	seed: 2002077,
	kept: [
		"step 2: invalidate a result",
		"step 11: time passes",
		"step 12: deliver",
		"step 14: purge a class",
		"step 34: days pass",
		"w12 store.settleMany 1: dies before the call",
	],
};
