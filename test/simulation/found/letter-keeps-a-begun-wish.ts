import type { Finding } from "./finding.ts";

/**
 * A run has failed, and its message comes once more: its letter was not sent yet, or may not have been. After a deploy that message is refused,
 * and tells the letter of the run's own failure. What a redrive begins anew was written down twice, for a run's letter and for a refused
 * message's, and the second kept `notBefore`: of a run that has begun that is over, or the engine's own time of a retry. Mended: one list
 * (begunAnew in next-messages.ts), and a refused message keeps the wish of its producer as long as its run has not begun (refuse-message.ts).
 */
export const letterKeepsABegunWish: Finding = {
	name: "letter-keeps-a-begun-wish",
	status: "fixed",
	promise: "INV-10",
	what: "The letter of a run that has failed, which its refused message sends, keeps its notBefore: a redrive waits for it once more.",
	seed: 1004910,
	kept: [
		"world: a cap of 3",
		"step 3: produce",
		"step 9: deploy",
		"step 16: days pass",
		"step 21: deliver",
		"step 22: time passes",
		"w21 slots.extend 2: slow request",
	],
};
