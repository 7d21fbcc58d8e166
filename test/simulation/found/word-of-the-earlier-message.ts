import type { Finding } from "./finding.ts";

/**
 * What was wrong was the checker, not the engine. A debounced run with a `notBefore` is sent on to come at its time by a worker that dies, so that
 * its first message is delivered once more: two messages, of which the second is noted as of when it was sent on. The first gives way to a run that
 * gives way to the second; that gives way to a third run, which performs for all of them. The row keeps the first word, so words lead in a circle.
 * The checker knew of such circles only where a producer had asked for a run twice. Mended: it goes by the message that the row names
 * (latest-performs.ts). What was asked for after that may have given way without a word, what was asked for by it has not.
 */
export const wordOfTheEarlierMessage: Finding = {
	name: "word-of-the-earlier-message",
	status: "fixed",
	promise: "debounce",
	what: "Words of debounced runs that lead in a circle are taken for a lost run, where one waited for its time and both its messages are delivered.",
	seed: 60043785,
	kept: [
		"world: a debounced job",
		"step 0: produce",
		"step 1: produce",
		"step 2: produce",
		"step 4: time passes",
		"step 5: time passes",
		"step 14: produce many at once",
		"step 20: time passes",
		"step 21: time passes",
		"step 22: time passes",
		"step 23: deliver",
		"step 30: time passes",
		"w23 store.settleMany 2: dies after the call",
		"step 36: deliver",
		"step 37: time passes",
		"step 38: produce",
	],
};
