import type { Finding } from "./finding.ts";

/**
 * An extension of a slot that is minutes on its way landed after later ones and wrote its own, earlier end over theirs: another run took the
 * slot while its holder, whose later beats had all been answered, performed. Mended: the store leaves a later end as it is (slot-store.ts).
 */
export const lateExtensionShortens: Finding = {
	name: "late-extension-shortens",
	status: "fixed",
	promise: "INV-09",
	what: "An extension of a slot that lands after later ones takes back what those added, and another run performs in the slot.",
	seed: 57552,
	kept: [
		"world: a cap of 1",
		"step 9: produce many at once",
		"step 21: deliver",
		"step 22: time passes",
		"m-9.1 g1 performance 1: hangs until it is told to stop, and throws the reason",
		"w21 slots.extend 6: frozen",
	],
};
