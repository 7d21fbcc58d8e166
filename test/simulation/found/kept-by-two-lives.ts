import type { Finding } from "./finding.ts";

/**
 * A run fails, and its row expires. A copy of its message that comes days later is a run of its own by the same name; its worker makes a charge and
 * dies while it keeps it. The letter of the first life is redriven, takes over the row, finds nothing kept and charges too. Then the first one's
 * keeping landed, and replaced the second's, since it was of another birth. That there are two charges is as docs/guides/effects-and-hooks.md
 * says; that what was kept changes is not. Mended: what a read would recall, by birth or by row, no keeping replaces (`isOfSameLife`).
 */
export const keptByTwoLives: Finding = {
	name: "kept-by-two-lives",
	status: "fixed",
	promise: "once",
	what: "A late copy begins a run whose row had expired, and what it keeps of an effect lands after the redrive of the run's first life has kept its own.",
	seed: 200105398,
	kept: [
		"world: effects that are kept",
		"step 1: produce",
		"step 11: time passes",
		"p1 queue.sendMany 1: dies and the call lands later",
		"step 13: time passes",
		"step 14: deliver",
		"step 16: deliver a message twice",
		"step 25: days pass",
		"r-1 g1 performance 1: throws a database error",
		"step 33: deliver",
		"step 37: redrive a dead letter",
		"step 40: time passes",
		"r-1 g1 performance 2: does its charge once",
		"w33 effects.keep 1: dies and the call lands later",
		"r-1 g2 performance 3: does its charge once",
	],
};
