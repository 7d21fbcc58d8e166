import type { Finding } from "./finding.ts";

/**
 * A run under a concurrency limit is revoked while it performs, and its code does not stop. `conclude` in perform.ts answers "revoked"
 * without saying that it is still running (as it does for a time limit), so its slot is handed on at once and one too many perform.
 */
export const revokedFreesItsSlot: Finding = {
	name: "revoked-frees-its-slot",
	status: "fixed",
	promise: "INV-09",
	what: "The slot of a revoked run whose code does not stop is handed on while it still performs.",
	seed: 11731,
	kept: [
		"step 26: produce",
		"step 31: time passes",
		"step 32: produce many at once",
		"step 34: deliver",
		"step 37: deliver",
		"step 38: deliver",
		"step 39: time passes",
		"m-32.2 g1 performance 1: asks for a senseless delay",
		"m-32.0 g1 performance 1: hangs until it is told to stop",
		"step 42: deliver",
		"step 50: revoke",
		"m-32.2 g1 performance 2: ends long after it was told to stop",
	],
};
