import type { Finding } from "./finding.ts";

/**
 * An operator purges a class while a run of a schedule waits for its retry. The next tick waited for that run to end, by `overlap: "queue"`; its
 * message kept the queue from ever being empty, which the sweeper takes for a sign that the run may still be carried; so neither ended. Mended:
 * a tick that waits for its turn carries no run that has begun, and the sweeper does not count it (sweep/carriers.ts).
 */
export const queuedBehindThePurged: Finding = {
	name: "queued-behind-the-purged",
	status: "fixed",
	promise: "INV-01",
	what: "A tick waits for ever behind a run whose message was purged.",
	seed: 26247,
	kept: [
		"world: schedules",
		"step 0: produce",
		"step 6: time passes",
		"step 10: deliver",
		"step 12: time passes",
		"w10 store.settleMany 2: dies before the call",
		"step 15: purge a class",
		"step 16: time passes",
	],
};
