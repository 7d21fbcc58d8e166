/**
 * Histories that fewer than one of 5,000 worlds goes through, each of which one planted fault needs to show (mutants/). Every test run replays
 * them, so that such a fault is caught by it too. A fault that a history of found/ shows needs none here.
 */

export interface RareHistory {
	/** The mutant that breaks a promise in it. */
	readonly mutant: string;
	/** What must come together. */
	readonly what: string;
	readonly seed: number;
	/** Everything out of the ordinary that happens. */
	readonly kept: readonly string[];
}

export const rareHistories: readonly RareHistory[] = [
	{
		mutant: "admitted-for-good",
		what: "A tick that was admitted waits for a place in its group, so long unheard of that the next one is admitted, whose run is between two attempts when the first comes back.",
		seed: 734177,
		kept: [
			"world: a cap of 1",
			"world: effects that are kept",
			"world: schedules",
			"step 0: produce",
			"step 1: poison",
			"step 2: deliver",
			"step 3: time passes",
			"step 4: deliver a deleted message",
			"step 8: time passes",
			"step 9: produce",
			"step 14: time passes",
			"step 15: deliver",
			"step 34: time passes",
			"k-b9f23ae078a7caeef9d4828431fd0e8028a43992 g1 performance 1: hangs for good",
			"s-127cc75601683baa18ae12b9acfeebf2040dafd6 g1 performance 1: does its charge once",
			"s-127cc75601683baa18ae12b9acfeebf2040dafd6 g1 performance 1: its charge fails",
		],
	},
	{
		mutant: "gives-way-to-who-has-begun",
		what: "A run that has performed is sent again under its id, together with a new one of its debounce key that was sent a moment before.",
		seed: 5183,
		kept: [
			"world: routes",
			"world: a debounced job",
			"step 0: produce",
			"step 3: produce",
			"step 4: deliver",
			"step 23: days pass",
			"step 27: deliver",
			"step 28: time passes",
			"step 30: send again",
			"step 31: invalidate a result",
		],
	},
	{
		mutant: "sweeper-sends-nothing-again",
		what: "The message of a run is purged while it performs, and its worker dies as it settles, before it sends what the run enqueued.",
		seed: 10171980,
		kept: [
			"step 1: produce",
			"step 3: produce",
			"step 11: days pass",
			"p3 queue.sendMany 1: slow request",
			"step 12: deliver",
			"step 18: deliver",
			"step 19: purge a class",
			"step 31: time passes",
			"r-3 g1 performance 1: enqueues 0",
			"w18 store.settleMany 1: dies and the call lands later",
		],
	},
];
