import type { Finding } from "./finding.ts";

/**
 * A job with checkpoints that declares no time limits has the default ones. Its message for the next leg waits until the soft limit of 55 minutes is
 * past; the leg is told to stop at once, and ends well some seconds later, which it may until the hard limit. The checker knew declared limits
 * only, and held a job that was told to stop to a retry. It knows the default now.
 */
export const endsWellAfterTheDefaultLimit: Finding = {
	name: "ends-well-after-the-default-limit",
	status: "fixed",
	promise: "INV-02",
	what: "The last leg of a job without time limits of its own begins after the default soft limit, ends before the hard one, and is recorded as SUCCESS.",
	seed: 1001215346,
	kept: [
		"step 4: produce many at once",
		"step 18: deliver",
		"step 21: time passes",
		"step 23: time passes",
		"step 25: time passes",
		"m-4.4 g1 performance 2: ends long after it was told to stop",
	],
};
