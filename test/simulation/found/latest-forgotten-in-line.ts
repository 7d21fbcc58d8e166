import type { Finding } from "./finding.ts";

/**
 * Of a debounced key, a run that gave way and is enqueued again as the latest begins a new generation. That it is the latest was known to the
 * delivery that ended its wait and not to the message which that sent on to wait for a place under a limit: it came back as any duplicate
 * of a run that has ended, and was acknowledged, while others had given way to it. Mended: the message says so itself (admit-by-debounce.ts).
 */
export const latestForgottenInLine: Finding = {
	name: "latest-forgotten-in-line",
	status: "fixed",
	promise: "debounce",
	what: "A run that gave way, is enqueued again as the latest of its debounce key, and then waits for a limit, never performs.",
	seed: 201221,
	kept: [
		"world: a cap of 1",
		"world: a debounced job",
		"step 7: produce",
		"step 8: produce many at once",
		"step 16: deliver",
		"step 17: time passes",
		"step 18: send a bad message under a known id",
		"step 19: invalidate a result",
		"step 34: time passes",
		"step 35: send again",
	],
};
