import type { Finding } from "./finding.ts";

/**
 * A message of an attempt before the row's was taken for stale where its run waits for a retry or a leg, since somebody must have moved the run on.
 * That may have been a copy of a deleted message, which took the run over from its lost worker; if its own worker then dies before it sends
 * what follows, the stale one is all that is left. Mended: it stands by as any other, and takes the run when it is overdue (decide-claim.ts).
 */
export const staleWasTheLast: Finding = {
	name: "stale-was-the-last",
	status: "fixed",
	promise: "INV-01",
	what: "The message of a lost attempt is acknowledged as stale, though the copy of a deleted message that took its run over is gone.",
	seed: 202642,
	kept: [
		"world: breakers that open soon",
		"step 0: produce",
		"step 14: days pass",
		"step 15: deliver",
		"step 18: time passes",
		"step 19: deliver",
		"step 23: time passes",
		"w19 store.beatMany 2: dies before the call",
		"step 29: time passes",
		"step 41: deliver a deleted message",
		"step 44: time passes",
		"r-0 g1 performance 3: throws a database error",
		"w41 breakers.report 1: dies and the call lands later",
	],
};
