import type { Finding } from "./finding.ts";

/**
 * A tick comes in time, is admitted and sent on to wait for a slot of its job. EventBridge fires it a second time, minutes late, and that message is
 * handled first: there is no row yet, a later tick of the schedule was admitted since, so nothing tells that this one was, and it ends SKIPPED as
 * missed. What waits then finds a run that has ended. Not mended yet: the registry would have to know of every admitted tick that waits, not of the
 * latest alone, or what waits take over a row that only a copy of it has skipped.
 */
export const secondFiringOfAWaitingTick: Finding = {
	name: "second-firing-of-a-waiting-tick",
	status: "open",
	promise: "INV-11",
	what: "A tick that was admitted and waits for a slot is ended as missed by its second firing, which comes after the catch-up window.",
	seed: 200067489,
	kept: [
		"world: schedules",
		"step 4: time passes",
		"tick-first at 09:01:00: twice",
		"step 27: operate a schedule",
		"s-b72433887eb18b07a7c51c575135a84f60309595 g1 performance 1: hangs until it is told to stop, and throws the reason",
	],
};
