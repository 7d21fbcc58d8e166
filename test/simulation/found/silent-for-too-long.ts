import type { Finding } from "./finding.ts";

/**
 * A tick is admitted, and nothing is heard of it for a quarter of an hour. Its message and that of the next tick turn up together: both perform. One
 * whose place was already taken is skipped (tick.ts, decide-tick.ts); at the same moment the one may say that it is on its way while the other,
 * which had seen how long it was silent, took its place. Mended: `admit` compares when the one that is going was last heard of, too.
 */
export const silentForTooLong: Finding = {
	name: "silent-for-too-long",
	status: "fixed",
	promise: "INV-11",
	what: "A tick that was admitted and long silent performs beside the next one, when both turn up at the same moment.",
	seed: 25602,
	kept: [
		"world: schedules",
		"step 0: produce",
		"step 5: produce many at once",
		"step 6: time passes",
		"step 7: deliver",
		"step 19: time passes",
		"w7 store.getMany 1: dies before the call",
		"step 23: produce",
		"step 24: deliver",
		"step 25: deliver",
		"step 42: days pass",
		"w24 queue.sendMany 1: dies after the call",
		"w25 queue.sendMany 1: dies before the call",
	],
};
