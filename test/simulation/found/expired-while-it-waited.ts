import type { Finding } from "./finding.ts";

/**
 * A run is admitted in time. Until it performs it asks for its turn, for a place, is claimed, and asks about its turn once more: each answer
 * may be minutes in coming, and its `expiresAt` goes by. Whether that is past was asked at its admission only, so it performed. Mended: it is
 * asked once more right before the performance, and the run ends REVOKED there (attempt-run.ts). The checker allowed for one slow claim, since
 * the claim had been the last look; what is left now is a hook before the attempt, or the others of its batch.
 */
export const expiredWhileItWaited: Finding = {
	name: "expired-while-it-waited",
	status: "fixed",
	promise: "INV-06",
	what: "A run whose expiresAt goes by while it waits for its turn, or for slow answers of a store, performs all the same.",
	seed: 3153621,
	kept: [
		"step 1: produce",
		"step 5: time passes",
		"step 8: time passes",
		"step 9: deliver",
		"step 11: time passes",
		"w9 limits.take 1: frozen",
	],
};
