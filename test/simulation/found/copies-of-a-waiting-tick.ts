import type { Finding } from "./finding.ts";

/**
 * A tick that waits for the run before it is sent on again and again. Where its message had come twice, each copy sent on one of its own; and
 * the sweeper, which takes a run for lost only when its queue holds no more messages than ticks that wait, never found the one that they waited
 * for: an operator had purged its message. Mended: a copy is done once another one has been sent on (engine/schedules/tick.ts).
 */
export const copiesOfAWaitingTick: Finding = {
	name: "copies-of-a-waiting-tick",
	status: "fixed",
	promise: "INV-01",
	what: "Two messages of a tick that waits keep the run that it waits for, whose own message was purged, from being found lost.",
	seed: 10004168,
	kept: [
		"world: routes",
		"world: schedules",
		"step 0: produce",
		"step 3: produce many at once",
		"step 5: time passes",
		"step 6: time passes",
		"step 14: time passes",
		"step 17: time passes",
		"step 18: deliver",
		"step 19: time passes",
		"w18 store.getMany 5: dies after the call",
		"step 21: purge a class",
		"step 23: time passes",
		"step 25: produce many at once",
		"step 32: deliver",
		"step 34: time passes",
		"w32 limits.take 2: dies after the call",
	],
};
