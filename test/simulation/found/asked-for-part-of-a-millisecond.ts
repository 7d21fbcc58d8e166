import type { Finding } from "./finding.ts";

/**
 * A job answers `retryAfter` with a number of seconds that is no whole number of milliseconds, and the row says so: its next attempt is due
 * between two. The sweeper wants to look at the run again when it is overdue, and keeps that time in a sort key, where an instant has 13
 * digits; of the longer one the id behind it is read wrong, so nobody looks at the run again when its message is purged. (The table's watch list
 * has the id apart, and finds it; there only the message, whose time is written in whole milliseconds, comes before the row's.) Mended: what
 * a job asks for is rounded up to the millisecond, and an instant is a whole number (decide-settlement.ts).
 */
export const askedForPartOfAMillisecond: Finding = {
	name: "asked-for-part-of-a-millisecond",
	status: "fixed",
	promise: "INV-01",
	what: "A run whose job asked to come back after a part of a millisecond, and whose message was purged, stays RETRY.",
	seed: 3187566,
	kept: [
		"step 2: produce",
		"step 3: send again",
		"step 11: deliver",
		"step 12: produce many at once",
		"step 16: deliver",
		"step 25: time passes",
		"m-12.5 g1 performance 1: says not yet",
		"step 26: time passes",
		"step 27: purge a class",
		"step 28: time passes",
		"step 31: time passes",
		"step 36: sweep",
	],
};
