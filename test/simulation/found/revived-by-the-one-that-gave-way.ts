import type { Finding } from "./finding.ts";

/**
 * One message of a debounced run is delivered twice at once. One delivery finds a later run of the key, and the run gives way: its message is
 * acknowledged. The other has been told that it is the latest, and its claim finds what looks like a run that is enqueued again: it begins
 * generation 2, which no message carries any more. Mended: what gave way is begun anew by another message only (decide-claim.ts); who was
 * enqueued again has one of its own.
 */
export const revivedByTheOneThatGaveWay: Finding = {
	name: "revived-by-the-one-that-gave-way",
	status: "fixed",
	promise: "INV-01",
	what: "A debounced run whose message is delivered twice gives way by one delivery and is begun anew by the other, with nothing left to carry it.",
	seed: 1041228,
	kept: [
		"world: a cap of 2",
		"world: effects that are kept",
		"world: a debounced job",
		"step 0: produce",
		"step 1: produce",
		"step 5: time passes",
		"step 6: produce many at once",
		"step 7: deliver",
		"step 9: time passes",
		"r-token-1428328133-1 g1 performance 1: does its mail once",
		"r-1 g1 performance 1: does its charge once",
		"w7 effects.keep 1: refused",
		"w7 debounce.note 1: refused",
		"w7 effects.keep 2: frozen",
		"step 11: send a bad message under a known id",
		"step 12: time passes",
		"step 16: deliver",
		"step 18: time passes",
		"w16 debounce.note 4: refused",
		"w16 store.getMany 2: refused",
		"w16 store.claimMany 3: refused",
		"w7 scheduler.schedule 1: refused",
		"w7 queue.sendMany 2: slow request",
		"w7: lives on after its answer",
		"step 19: deliver a message twice",
		"step 20: days pass",
		"step 21: deliver a message twice",
	],
};
