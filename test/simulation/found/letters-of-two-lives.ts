import type { Finding } from "./finding.ts";

/**
 * A run fails, its row expires, a copy of its first message begins it anew, and that fails, too: now there are two letters for generation 2,
 * each of which says when its run was born. The first is redriven and recalls what the first life has kept; both send a letter for generation
 * 3; the second's is redriven, and its effects take place again, for they were kept under the other birth. Mended: an effect notes also the
 * row of whoever kept or recalled it last, and is known by either (once.ts).
 */
export const lettersOfTwoLives: Finding = {
	name: "letters-of-two-lives",
	status: "fixed",
	promise: "once",
	what: "A run that was begun anew after its row had expired and is redriven by letters of both lives is told another value of one effect.",
	seed: 1017169,
	kept: [
		"world: effects that are kept",
		"world: hooks",
		"world: a result cache",
		"step 0: produce",
		"step 1: produce",
		"step 6: deliver",
		"step 7: time passes",
		"w6 failure hook of r-0 attempt 1: hangs",
		"step 11: redrive a dead letter",
		"step 17: send again",
		"step 23: days pass",
		"step 24: deliver a message twice",
		"step 26: time passes",
		"r-0 g1 performance 2: does its charge once",
		"r-0 g1 performance 2: its charge fails",
		"step 31: redrive a dead letter",
		"r-0 g2 performance 3: does its charge once",
		"r-0 g2 performance 3: ends long after it was told to stop",
		"r-0 g3 performance 4: does its charge once",
	],
};
