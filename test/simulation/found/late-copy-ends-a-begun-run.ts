import type { Finding } from "./finding.ts";

/**
 * A run stands between two legs when a copy of its first message comes, which says nothing of legs, after its `expiresAt`. It was found too late to
 * begin, took the place of the leg's message and ended the run REVOKED, though the run had begun long before. Mended: whoever finds that it has
 * begun performs it to its end (claim-run.ts).
 */
export const lateCopyEndsABegunRun: Finding = {
	name: "late-copy-ends-a-begun-run",
	status: "fixed",
	promise: "INV-06",
	what: "A copy of its first message that comes after its expiresAt ends a run between two legs as expired.",
	seed: 20012385,
	kept: [
		"step 0: produce",
		"step 1: produce",
		"step 2: time passes",
		"p1 queue.sendMany 1: dies and the call lands later",
		"step 3: outage",
		"step 8: deliver",
		"step 10: time passes",
		"step 12: send again",
		"step 13: time passes",
		"step 14: produce many at once",
		"step 15: time passes",
		"step 17: time passes",
		"step 18: time passes",
		"step 21: time passes",
		"step 22: produce",
	],
};
