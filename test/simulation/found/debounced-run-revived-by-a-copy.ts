import type { Finding } from "./finding.ts";

/**
 * A run has given way to another of its debounce key, and is enqueued again under its id. A late copy of its first, long deleted message comes
 * before that: it finds itself the latest again and begins the run anew, as generation 2. The message that is still in the queue is of
 * generation 1, is taken for a stale one and acknowledged (`me.generation < blocker.generation` in decide-claim.ts), so for as long as the copy's
 * worker performs nothing would move the run on but the sweeper. Mended: a message that is the latest of its debounce key stands by the
 * generation that another one began, and takes it over as a duplicate of that would.
 */
export const debouncedRunRevivedByACopy: Finding = {
	name: "debounced-run-revived-by-a-copy",
	status: "fixed",
	promise: "INV-01",
	what: "A debounced run that a copy of a deleted message begins anew is carried by nothing: its message in the queue is taken for a stale one.",
	seed: 4284,
	kept: [
		"world: a debounced job",
		"world: a batch job",
		"step 1: produce",
		"step 4: produce many at once",
		"step 8: deliver",
		"step 9: time passes",
		"step 11: send again",
		"step 13: deliver",
		"step 15: time passes",
		"step 19: time passes",
		"step 22: deliver a deleted message",
	],
};
