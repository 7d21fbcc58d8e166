import type { Finding } from "./finding.ts";

/**
 * A run performs by a worker whose clock is ahead, another one of its key is enqueued right after it began, and then the first is enqueued
 * again, which makes it the latest of the key once more. The other gives way to it: by the row it began after the other was sent. It had
 * begun before, and does not perform again. Mended: who stands for another has begun a time of quiet after that was sent, or as much of it as
 * two clocks may differ (decide-debounced.ts).
 */
export const clockAheadOfTheDebounce: Finding = {
	name: "clock-ahead-of-the-debounce",
	status: "fixed",
	promise: "debounce",
	what: "A debounced run gives way to one that performed just before, by a worker whose clock is ahead, and is enqueued again: nobody performs for it.",
	seed: 1058486,
	kept: [
		"world: a debounced job",
		"step 0: produce",
		"step 1: produce",
		"step 2: produce",
		"step 6: time passes",
		"step 12: deliver",
		"step 33: time passes",
		"step 34: deliver",
		"w34: its clock is off",
		"step 35: time passes",
		"step 36: produce",
		"step 38: time passes",
		"step 39: send again",
	],
};
