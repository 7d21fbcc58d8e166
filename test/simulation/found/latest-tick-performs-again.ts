import type { Finding } from "./finding.ts";

/**
 * A tick performs, and its second firing lies in the queue of a class that nobody works for more than a day. By then its row has expired; it is still
 * the latest tick that came, and so it counted as one that came in time, and performed again. The checker had excused what is forgotten. Mended:
 * that a tick came or goes is believed for as long as its row would be kept (engine/schedules/decide-tick.ts); later than that is later than any
 * catch-up window.
 */
export const latestTickPerformsAgain: Finding = {
	name: "latest-tick-performs-again",
	status: "fixed",
	promise: "INV-11",
	what: "The second firing of the latest tick, which comes a day after that has performed, performs it again.",
	seed: 56078,
	kept: [
		"world: schedules",
		"step 4: time passes",
		"tick-second at 09:01:00: twice",
		"step 12: deliver",
		"step 30: days pass",
	],
};
