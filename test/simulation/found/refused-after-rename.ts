import type { Finding } from "./finding.ts";

/**
 * A deploy renames a job and makes its schema stricter. A run that waits for its next attempt under the old name is refused: the refusal
 * compares names without aliases (`blocker.job !== job` in refuse-message.ts), takes the row for another job's and leaves it in RETRY,
 * with a dead letter of the same generation, whose redrive is then acknowledged as stale. Mended: it compares as a claim does.
 */
export const refusedAfterRename: Finding = {
	name: "refused-after-rename",
	status: "fixed",
	promise: "INV-01",
	what: "A run that began under its job's old name and is refused under the new one stays RETRY or STARTED for ever.",
	seed: 1111,
	kept: ["step 1: produce", "step 10: deliver", "step 19: deploy", "r-1 g1 performance 1: says not yet"],
};
