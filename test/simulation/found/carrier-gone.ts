import type { Finding } from "./finding.ts";

/**
 * Only the message that carries a run repeats its follow-ups. When SQS delivers a copy of a message that was deleted (or delivers one twice,
 * and the second invocation defers and deletes it), that copy can take over a run whose worker was lost and settle it; if its worker then
 * dies before it has sent what follows, nobody does: later messages of the run find the end recorded and are acknowledged. It takes a
 * rare delivery and two deaths. Mended: the first message that finds a SUCCESS or FAILURE which it did not bring about repeats the follow-ups and
 * notes that nobody carries the run any more; one that finds a RETRY or LEG stands by and takes it when it is overdue (decide-claim.ts).
 */
export const carrierGone: Finding = {
	name: "carrier-gone",
	status: "fixed",
	promise: "INV-10",
	what: "A run that is settled by a copy of a deleted message, whose worker dies before it sends what follows, keeps it unsent.",
	seed: 574,
	kept: [
		"step 19: produce",
		"step 20: deliver",
		"step 23: time passes",
		"w20 slots.take 1: refused",
		"step 24: deliver",
		"step 30: time passes",
		"w24 slots.release 1: dies after the call",
		"step 31: deliver",
		"step 36: time passes",
		"w31 store.claimMany 1: dies after the call",
		"step 40: time passes",
		"step 41: deliver",
		"step 42: time passes",
		"w41 slots.take 1: refused",
		"step 48: deliver",
		"step 49: time passes",
		"w48 store.claimMany 2: dies and the call lands later",
	],
};
