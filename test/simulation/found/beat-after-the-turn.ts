import type { Finding } from "./finding.ts";

/**
 * A run that claimed slowly makes sure of its lease by a beat after it has waited for its turn under the rate limit. When the beat's answer is
 * slow, its ticket's time is over, and it starts all the same. The turn must be looked at once more after the beat, or the beat come before it.
 */
export const beatAfterTheTurn: Finding = {
	name: "beat-after-the-turn",
	status: "fixed",
	promise: "INV-08",
	what: "A run whose beat between its turn and its start is slow starts after its ticket's time: a little above the rate limit.",
	seed: 2798,
	kept: [
		"step 11: produce many at once",
		"step 15: deliver",
		"step 17: time passes",
		"w15 store.claimMany 1: slow request",
		"w15 store.beatMany 1: slow request",
	],
};
