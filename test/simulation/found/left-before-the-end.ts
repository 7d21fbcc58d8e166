import type { Finding } from "./finding.ts";

/**
 * What was wrong was the world, not the engine. A run's message is purged two days after anybody heard of it. The first sweep since then finds
 * another run's message in the queue of its class, so it leaves the run, and wants to look again as late as it may, six hours later, for it has
 * long been overdue. The world ended after eight sweeps, of which one had looked again; a run is ended by the second that finds it so. Mended:
 * the last sweeps go on until two come after that time (run-seed.ts). A sweeper that leaves a run for longer still breaks the promise.
 */
export const leftBeforeTheEnd: Finding = {
	name: "left-before-the-end",
	status: "fixed",
	promise: "INV-01",
	what: "A world ends before the sweeper has looked twice again at a long overdue run, which it left beside another one's message.",
	seed: 60024137,
	kept: [
		"world: routes",
		"step 0: produce",
		"step 3: produce",
		"step 9: time passes",
		"step 10: deliver",
		"step 13: days pass",
		"r-token-1556346814-1 g1 performance 1: ends long after it was told to stop",
		"step 17: purge a class",
		"step 20: time passes",
		"step 21: send again",
		"step 25: sweep",
	],
};
