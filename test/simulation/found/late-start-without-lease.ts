import type { Finding } from "./finding.ts";

/**
 * Between its claim and its performance a run may wait: for its turn under a rate limit, for a slow answer of a store. The heartbeat begins
 * with the performance, so the lease may be over by then, and another worker may have taken the run or ended it; it performs all the same.
 * Mended by a look at the clock (or a beat) right before the implementation is called.
 */
export const lateStartWithoutLease: Finding = {
	name: "late-start-without-lease",
	status: "fixed",
	promise: "INV-05",
	what: "A run whose lease ended between its claim and its start performs, though it may have been taken over or ended meanwhile.",
	seed: 1864,
	kept: [
		"step 31: produce many at once",
		"step 38: deliver",
		"step 40: time passes",
		"w38 store.claimMany 1: frozen",
		"step 44: deliver a message twice",
		"step 45: time passes",
		"w44 limits.take 2: frozen",
	],
};
