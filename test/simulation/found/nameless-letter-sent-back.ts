import type { Finding } from "./finding.ts";

/**
 * A run has no name but its message's. Its worker dies, SQS moves the message to the dead-letter queue, and an operator sends the body back: SQS
 * names it anew, so it is another run, and the first one stays STARTED until a sweep finds it. The world was wrong: `millrace dlq redrive` pins
 * the name (docs/guides/operate.md), and so does the world's operator now (steps/redrive.ts).
 */
export const namelessLetterSentBack: Finding = {
	name: "nameless-letter-sent-back",
	status: "fixed",
	promise: "INV-01",
	what: "A letter that SQS moved, of a message without id, is sent back without one, and its run is left STARTED under the name of the first message.",
	seed: 90098462,
	kept: [
		"step 0: produce",
		"step 1: produce",
		"step 2: produce",
		"step 3: produce",
		"step 4: produce",
		"step 5: time passes",
		"step 7: produce many at once",
		"step 9: deliver",
		"step 11: deliver",
		"step 14: time passes",
		"w9 store.claimMany 1: dies after the call",
		"step 15: deliver",
		"step 17: time passes",
		"w15 store.claimMany 3: dies after the call",
		"step 20: deliver",
		"step 23: time passes",
		"w20 store.claimMany 1: frozen",
		"step 26: deliver",
		"step 36: time passes",
		"step 38: deliver",
		"step 41: time passes",
		"step 44: deliver",
		"step 45: redrive a dead letter",
	],
};
