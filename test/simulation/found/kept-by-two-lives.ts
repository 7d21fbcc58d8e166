import type { Finding } from "./finding.ts";

/**
 * A run fails, and its row expires. A copy of its message that comes days later is a run of its own by the same name; its worker makes a charge and
 * dies while it keeps it. The letter of the first life is redriven, takes over, finds nothing kept and charges too. Then the first one's keeping
 * lands, and replaces the second's. Two lives under one name may each have the effect, as docs/guides/effects-and-hooks.md says; that a late write
 * of one replaces what the other has kept is not mended yet.
 */
export const keptByTwoLives: Finding = {
	name: "kept-by-two-lives",
	status: "open",
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
