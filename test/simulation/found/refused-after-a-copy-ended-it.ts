import type { Finding } from "./finding.ts";

/**
 * The worker of a run's last attempt is lost. A late copy of the run's first message finds that and ends the run, but can't send its letter, and is
 * gone: it had been deleted before. What is left is the message of that attempt, which a deploy has made unreadable. It was taken for a stranger's,
 * since the row named the copy, so its letter told of a refusal only, and nothing told of the failure. Mended: what was sent on for the attempt at which
 * the run has failed is the run's own (refuse-message.ts).
 */
export const refusedAfterACopyEndedIt: Finding = {
	name: "refused-after-a-copy-ended-it",
	status: "fixed",
	promise: "INV-10",
	what: "The message of a run's last attempt is refused after a copy has ended the run, and no letter tells of the failure.",
	seed: 90065913,
	kept: [
		"world: a result cache",
		"step 2: produce",
		"step 7: days pass",
		"step 8: deliver",
		"step 14: produce many at once",
		"step 22: time passes",
		"r-2 g1 performance 1: asks for a senseless delay",
		"step 23: deliver",
		"step 26: time passes",
		"w23 store.settleMany 2: dies after the call",
		"step 27: outage",
		"step 30: deliver a deleted message",
		"step 34: time passes",
		"step 44: deploy",
	],
};
