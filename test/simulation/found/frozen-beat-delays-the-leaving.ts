import type { Finding } from "./finding.ts";

/**
 * An attempt is ended at its hard limit while its code goes on: whoever hangs can't be stopped, so its slot is left behind, good until the
 * function ends. That was written only once the extension under way had been answered, which took longer than the slot was good for: another
 * run of a group with a cap of 1 performed beside it. Mended: it is written at once, and again when the extension has landed, which may have
 * shortened it (held-slots.ts).
 */
export const frozenBeatDelaysTheLeaving: Finding = {
	name: "frozen-beat-delays-the-leaving",
	status: "fixed",
	promise: "INV-09",
	what: "The slot of an attempt that hangs after its time limit is given on when an extension was frozen on its way.",
	seed: 5118630,
	kept: [
		"world: a cap of 1",
		"step 23: produce many at once",
		"step 24: deliver",
		"step 34: time passes",
		"m-23.3 g1 performance 1: hangs for good",
		"step 38: time passes",
		"step 39: time passes",
		"w24 slots.extend 6: frozen",
	],
};
