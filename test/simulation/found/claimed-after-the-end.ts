import type { Finding } from "./finding.ts";

/**
 * A claim that lands after its invocation has been answered has no lease: the run performed all the same, in a function that may be frozen at
 * any time, and cost an attempt when the redelivered message took it over; without retries, the run. Mended: whoever finds its lease over
 * when the claim comes back lets the run go before it begins, and sends the message that carries it on (handle-message.ts).
 */
export const claimedAfterTheEnd: Finding = {
	name: "claimed-after-the-end",
	status: "fixed",
	promise: "INV-13",
	what: "A run whose claim lands after the end of its invocation performs without a lease, and its attempt is lost.",
	seed: 35953,
	kept: [
		"step 5: poison",
		"step 26: deliver",
		"step 29: time passes",
		"step 32: redrive a dead letter",
		"step 37: deliver",
		"step 38: time passes",
		"w37 store.claimMany 1: frozen",
	],
};
