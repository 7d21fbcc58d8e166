import type { Finding } from "./finding.ts";

/**
 * As `claimed-after-the-end`, a moment earlier: the claim lands when the leg is over and the invocation not yet. The run began with less than
 * a second left, was told to stop at once, and was lost with its function. Mended likewise: it is let go before it begins.
 */
export const claimedAfterTheLeg: Finding = {
	name: "claimed-after-the-leg",
	status: "fixed",
	promise: "INV-13",
	what: "A run whose claim lands between the end of its leg and that of its invocation performs, and its attempt is lost.",
	seed: 373636,
	kept: [
		"step 0: produce",
		"step 12: invalidate a result",
		"step 13: time passes",
		"step 14: deliver",
		"step 15: deliver",
		"step 18: time passes",
		"w15 store.claimMany 1: frozen",
	],
};
