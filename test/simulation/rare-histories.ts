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
];
