/**
 * Histories that hardly one of 5,000 worlds goes through, each of which one planted fault needs to show (mutants/). Every test run replays
 * them, so that such a fault is caught by it too, whatever world the next change of the workload makes of a seed. A fault that a history of
 * found/ shows needs none here.
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
		mutant: "admitted-unforgotten",
		what: "A tick of a job that may have to wait performs, its message is deleted and delivered once more a day after its row has expired.",
		seed: 1847631,
		kept: [
			"world: schedules",
			"step 4: time passes",
			"step 5: time passes",
			"step 6: deliver",
			"step 15: time passes",
			"step 16: deliver",
			"step 21: deliver a deleted message",
			"step 24: days pass",
		],
	},
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
		mutant: "cancels-and-begins",
		what: "A tick that has the run before cancelled comes while that performs, is sent on to wait, and comes back before it has stopped.",
		seed: 2753,
		kept: [
			"world: schedules",
			"step 8: time passes",
			"step 10: time passes",
			"step 12: time passes",
			"step 20: time passes",
		],
	},
	{
		mutant: "duplicate-instead-of-defer",
		what: "A run whose claim was slow is given back with a message to go on by, which is delivered just after a copy of the deleted one has taken the run.",
		seed: 2849,
		kept: [
			"step 2: produce",
			"step 9: deliver",
			"step 10: time passes",
			"w9 store.claimMany 1: frozen",
			"step 13: time passes",
			"step 17: deliver",
			"step 18: deliver a deleted message",
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
		mutant: "older-generation-performs",
		what: "A redriven run waits for its next attempt, whose worker dies before it begins; meanwhile its first message is sent again, and stands by until that attempt is due.",
		seed: 3894,
		kept: [
			"world: breakers that open soon",
			"step 2: produce",
			"step 4: days pass",
			"step 7: deliver",
			"step 10: time passes",
			"k-b9f23ae078a7caeef9d4828431fd0e8028a43992 g1 performance 1: returns what is no JSON",
			"step 15: redrive a dead letter",
			"step 18: deliver",
			"step 21: time passes",
			"step 23: time passes",
			"step 25: time passes",
			"step 29: time passes",
			"step 30: time passes",
			"step 33: deliver",
			"step 34: time passes",
			"w33 breakers.look 1: dies after the call",
			"step 35: send again",
		],
	},
	{
		mutant: "orphan-loses-its-attempt",
		what: "The last attempt of a run fails, its dead letter can't be sent, and days later, when the row has expired, its message comes again.",
		seed: 6562,
		kept: [
			"world: effects that are kept",
			"world: hooks",
			"step 4: produce",
			"step 9: time passes",
			"step 10: deliver",
			"step 18: time passes",
			"w10 before hook of r-token-24654704-1 attempt 1: throws",
			"step 20: deliver",
			"step 22: days pass",
			"r-token-24654704-1 g1 performance 1: does its mail once",
			"r-token-24654704-1 g1 performance 1: its mail fails",
			"w20 queue.sendMany 1: refused",
		],
	},
	{
		mutant: "skipped-between-legs",
		what: "A run of a singleton waits for its next leg in line for its group's one place, its producer's message comes a second time, and a neighbour performs meanwhile.",
		seed: 6805,
		kept: [
			"world: a cap of 1",
			"step 0: produce",
			"step 2: produce",
			"step 3: produce",
			"step 4: time passes",
			"step 7: produce many at once",
			"step 8: deliver",
			"step 11: deliver a message twice",
			"step 16: deliver",
			"step 18: time passes",
			"w16 queue.sendMany 1: frozen",
			"step 19: produce many at once",
			"step 31: time passes",
			"step 34: time passes",
			"step 35: send again",
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
