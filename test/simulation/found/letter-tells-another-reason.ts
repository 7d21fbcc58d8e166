import type { Finding } from "./finding.ts";

/**
 * A run fails, and its worker dies before the dead letter is sent. A deploy makes the schema stricter, and the redelivery is refused. The
 * recorded end stands (INV-02), but the letter is sent with the refusal's reason and error instead of the recorded ones. Mended: with those.
 */
export const letterTellsAnotherReason: Finding = {
	name: "letter-tells-another-reason",
	status: "fixed",
	promise: "INV-10",
	what: "The dead letter of a run that had failed already tells the reason of a later refusal.",
	seed: 634,
	kept: [
		"step 0: produce",
		"step 15: deliver",
		"step 32: time passes",
		"r-0 g1 performance 1: throws a validation error",
		"w15 store.settleMany 1: answer lost",
		"step 33: deploy",
	],
};
