import type { Finding } from "./finding.ts";

/**
 * Only the message that carries a run repeats its follow-ups. When SQS delivers a copy of a message that was deleted (or delivers one twice,
 * and the second invocation defers and deletes it), that copy can take over a run whose worker was lost and settle it; if its worker then
 * dies before it has sent what follows, nobody does: later messages of the run find the end recorded and are acknowledged. It takes a
 * rare delivery and two deaths. The sweeper's work; or every message that finds an end it did not bring about repeats the follow-ups.
 */
export const carrierGone: Finding = {
	name: "carrier-gone",
	status: "open",
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
	explains: ({ promise, runId, how }, { carrierWasGone, revived, stricter }) =>
		["INV-01", "INV-04", "INV-10"].includes(promise) &&
		carrierWasGone.has(runId) &&
		// A run that is not settled is taken over by the next message, whoever carried it, if that is taken at all.
		(revived.has(runId) || stricter || !/ is (STARTED|PROGRESS)/.test(how)),
};
