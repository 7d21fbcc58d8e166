import type { Finding } from "./finding.ts";

/**
 * A tick comes in time, is admitted beside others (`overlap: "allow"`) and waits for a slot of its job, in its worker or in the queue. EventBridge
 * fires it a second time, minutes or days late, and that message is handled first: there is no row yet, a later tick was noted since, so nothing told
 * that this one was admitted, and it ended SKIPPED as missed. What waited then found a run that had ended. Mended: a tick that may
 * have to wait is noted in an item of its own, which is asked before one is skipped (engine/schedules/admitted-ticks.ts). Seed 300016583 showed the same with days in between.
 */
export const secondFiringOfAWaitingTick: Finding = {
	name: "second-firing-of-a-waiting-tick",
	status: "fixed",
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
