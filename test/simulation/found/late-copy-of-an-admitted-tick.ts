import type { Finding } from "./finding.ts";

/**
 * A tick fired twice comes with one batch. The first copy is admitted and waits in the worker for a place in its group, the second one for the
 * first, since they are one run; then the first is sent on to its turn, and the second, minutes later, was judged to have come only now, after the
 * tick's window: it ended the run SKIPPED that the other had admitted. Mended: a tick has come when its batch came (engine/schedules/tick.ts).
 */
export const lateCopyOfAnAdmittedTick: Finding = {
	name: "late-copy-of-an-admitted-tick",
	status: "fixed",
	promise: "INV-11",
	what: "A tick that was admitted and waits for its place is ended as missed by a copy that waited behind it in the same worker.",
	seed: 300597,
	kept: [
		"world: a cap of 1",
		"world: hooks",
		"world: schedules",
		"step 0: produce",
		"step 3: deliver",
		"step 14: time passes",
		"w3 before hook of r-0 attempt 1: hangs",
		"tick-first at 09:01:00: twice",
		"step 15: time passes",
		"step 20: time passes",
	],
};
