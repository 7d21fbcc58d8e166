import type { Finding } from "./finding.ts";

/**
 * A run fails, its row expires, and a copy of its message, a day late, performs it again. Between two of its legs the letter of the first time is
 * redriven. That is a new generation, which takes the run over from its beginning; its job is one at a time, another one performs, and who comes then
 * is skipped by the job's own word. That is what redrives are held to; the checker took it for the leg's end. It judges a generation by
 * itself now.
 */
export const redriveSkippedBetweenLegs: Finding = {
	name: "redrive-skipped-between-legs",
	status: "fixed",
	promise: "INV-13",
	what: "A redriven run gives way to another one, as its job says (skip), while what a late copy had begun of the run is between two legs.",
	seed: 1000242691,
	kept: [
		"step 1: produce",
		"step 2: produce",
		"step 3: produce",
		"step 7: time passes",
		"step 12: deliver",
		"step 13: time passes",
		"r-3 g1 performance 1: enqueues 0",
		"r-3 g1 performance 1: enqueues 1",
		"step 16: deliver",
		"step 19: days pass",
		"r-2 g1 performance 2: throws a database error",
		"w16: its answer is lost",
		"step 20: produce",
		"step 21: time passes",
		"step 22: deliver",
		"step 23: send a bad message under a known id",
		"step 24: deliver",
		"step 25: produce",
		"step 28: time passes",
		"step 29: redrive a dead letter",
		"step 35: time passes",
	],
};
