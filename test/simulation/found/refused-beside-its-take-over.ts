import type { Finding } from "./finding.ts";

/**
 * The worker of a run is lost, and its message is delivered twice, to an old worker and, in a deploy, to a new one that refuses it. Both find
 * the lease over. The old one takes the run over; the refusal's own claim fails, which it took for a run that has nothing to do with its
 * message: it sent a letter of generation 1 and let the message be deleted, which carried the run. Mended: the message is kept and refused
 * again, as where its first claim meets a change (refuse-message.ts).
 */
export const refusedBesideItsTakeOver: Finding = {
	name: "refused-beside-its-take-over",
	status: "fixed",
	promise: "INV-10",
	what: "A run that is taken over while its message is refused loses that message: no letter when it fails, and nothing to carry it.",
	seed: 1058782,
	kept: [
		"world: effects that are kept",
		"step 1: produce",
		"step 3: produce",
		"step 4: deploy",
		"step 8: time passes",
		"step 9: deliver",
		"step 13: time passes",
		"r-1 g1 performance 1: does its mail once",
		"w9 store.settleMany 1: dies and the call lands later",
		"step 15: time passes",
		"step 16: deliver",
		"step 17: deliver a message twice",
		"step 19: time passes",
		"r-1 g1 performance 2: throws a validation error",
		"w16 queue.sendMany 1: refused",
	],
};
