import type { Finding } from "./finding.ts";

/**
 * A run's message waits for a rate or concurrency limit, and so another message carries it (`ticket.carrier`, `line.carrier`). A deploy
 * makes the schema stricter, and that message is refused: the refusal asks whether it is the carrier by its own SQS id
 * (`recordFailure` in refuse-message.ts), takes it for a stranger, and leaves the row as it is with nothing to move it on. Mended: it asks by
 * the message that this one stands for (carrier-of.ts), and its letter tells what is recorded.
 */
export const refusedAfterWaiting: Finding = {
	name: "refused-after-waiting",
	status: "fixed",
	promise: "INV-10",
	what: "A run whose message waited for a limit and is refused after a deploy stays RETRY, LEG or STARTED: the refusal does not know that the message carries it.",
	seed: 11462,
	kept: [
		"step 0: produce",
		"step 7: poison",
		"step 8: produce many at once",
		"step 9: deliver",
		"step 13: time passes",
		"w9 store.claimMany 1: answer lost",
		"w9 store.settleMany 3: refused",
		"w9 limits.plan 6: refused",
		"step 15: deliver",
		"step 16: deliver",
		"step 17: time passes",
		"w15 limits.take 4: answer lost",
		"step 18: change a limit",
		"step 20: time passes",
		"step 23: deliver",
		"step 31: time passes",
		"step 34: deliver",
		"step 35: time passes",
		"w34 queue.sendMany 1: refused",
		"step 44: deploy",
	],
};
