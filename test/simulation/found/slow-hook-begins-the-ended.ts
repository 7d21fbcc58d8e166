import type { Finding } from "./finding.ts";

/**
 * A team's hook before an attempt takes its time, and meanwhile the attempt is told to stop and settled (the end of its function's time, a
 * revoke, a lost fence). When the hook had ended at last, the implementation was called all the same, for a run that may have ended. Now it is
 * not: an attempt that was told to stop before it began has failed with that.
 */
export const slowHookBeginsTheEnded: Finding = {
	name: "slow-hook-begins-the-ended",
	status: "fixed",
	promise: "INV-05",
	what: "A run whose hook before the attempt outlasts the attempt performs after it was settled.",
	seed: 41476,
	kept: [
		"world: hooks",
		"step 3: produce",
		"step 6: deliver",
		"step 9: time passes",
		"w6 store.claimMany 1: frozen",
		"step 11: time passes",
		"step 12: deliver",
		"step 20: time passes",
		"w12 store.claimMany 1: dies and the call lands later",
		"w6 before hook of message-1 attempt 1: takes its time",
	],
};
