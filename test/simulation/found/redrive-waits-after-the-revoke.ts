import type { Finding } from "./finding.ts";

/**
 * A run fails, is revoked, and its letter is redriven after that, which is meant to begin it. It has to wait, for a slot here, and is sent on. What
 * was sent on did not say when it was first sent, so it was taken for one of before the revoke, and acknowledged: the run stayed REVOKED and was
 * never performed, without a word. It shows as INV-01 where a claim that was frozen comes through in that moment and is given back. Mended: what waits
 * keeps when it was first sent (understand-message.ts, next-messages.ts).
 */
export const redriveWaitsAfterTheRevoke: Finding = {
	name: "redrive-waits-after-the-revoke",
	status: "fixed",
	promise: "INV-01",
	what: "A run that is redriven after it was revoked, and has to wait for a limit, is acknowledged as revoked.",
	seed: 83002383,
	kept: [
		"step 4: invalidate a result",
		"step 15: deliver",
		"step 16: revoke",
		"step 17: time passes",
		"r-4 g1 performance 1: gives up",
		"step 20: redrive a dead letter",
		"step 21: poison",
		"step 23: deliver",
		"step 27: time passes",
		"w23 store.claimMany 2: frozen",
		"step 29: deliver a message twice",
		"step 30: time passes",
		"step 31: time passes",
		"step 33: produce",
		"step 34: time passes",
		"step 37: time passes",
		"step 38: time passes",
		"step 39: deliver",
		"step 41: time passes",
		"w23 queue.sendMany 2: slow request",
	],
};
