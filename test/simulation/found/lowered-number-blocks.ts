import type { Finding } from "./finding.ts";

/**
 * A deploy lowers a concurrency limit while a dead worker's slots are still in the pool: more of them than the new number. Once they had ended,
 * a newcomer took over as many as it was given slots; the others stayed, the pool was full for good, and every run of the job waited for ever.
 * Now whoever takes a slot also takes away the ended ones that are too many.
 */
export const loweredNumberBlocks: Finding = {
	name: "lowered-number-blocks",
	status: "fixed",
	promise: "INV-01",
	what: "After a deploy that lowers a concurrency limit, slots of a dead worker above the new number are never free again.",
	seed: 30032,
	kept: [
		"world: another number in the next version",
		"step 5: produce many at once",
		"step 17: deliver",
		"step 21: deploy",
		"step 27: time passes",
		"w17 slots.take 1: dies and the call lands later",
	],
};
