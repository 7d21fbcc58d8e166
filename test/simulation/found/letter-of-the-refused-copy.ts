import type { Finding } from "./finding.ts";

/**
 * A message is delivered twice at once during a deploy: one worker performs it, fails, sends the retry and has it deleted; the other, of the
 * new version, refuses it and ends the run, and its letter can't be sent. What is left is the retry's message, which was refused with a
 * letter of its own: generation 1, as if the run had not failed. Mended: who brings the next attempt or leg of a run that has failed brings
 * the run's input, and is its letter (refuse-message.ts).
 */
export const letterOfTheRefusedCopy: Finding = {
	name: "letter-of-the-refused-copy",
	status: "fixed",
	promise: "INV-10",
	what: "A run that a copy of its message, refused after a deploy, ended without a letter gets none from its retry, which is refused too.",
	seed: 308913,
	kept: [
		"step 2: produce",
		"step 4: produce",
		"step 5: produce many at once",
		"step 15: deploy",
		"step 18: deliver",
		"step 20: outage",
		"step 25: deliver a message twice",
		"w25: starts long after its messages were received",
		"step 27: time passes",
		"m-5.6 g1 performance 1: throws a database error",
	],
};
