import type { Finding } from "./finding.ts";

/**
 * A tick's message is delivered twice, after later ticks came. The first copy is admitted, notes that, and waits for a slot. The second had looked at
 * the schedule before that: a later tick had come, so it would skip this one; it asks whether the tick was admitted, hears yes, and judged by
 * what it had read before: another one was going, so it "took its place", and the run ended SKIPPED while its admitted message waited. Mended:
 * who hears yes looks again (engine/schedules/tick.ts).
 */
export const admittedWhileAnotherLooked: Finding = {
	name: "admitted-while-another-looked",
	status: "fixed",
	promise: "INV-11",
	what: "A tick's two messages are handled at once: one is admitted and waits for a slot, the other ends the run as overtaken by the one before.",
	seed: 1000290952,
	kept: [
		"world: schedules",
		"step 0: produce",
		"step 13: time passes",
		"step 14: time passes",
		"tick-second at 09:02:00: twice",
		"step 15: call a message a tick",
		"step 16: operate a schedule",
		"step 17: operate a schedule",
		"step 18: time passes",
		"step 19: deliver",
		"step 20: deliver",
		"step 21: deliver",
		"step 24: deliver",
		"step 29: time passes",
		"w24 schedules.noteTick 1: dies before the call",
		"step 35: time passes",
		"step 36: deliver a message twice",
	],
};
