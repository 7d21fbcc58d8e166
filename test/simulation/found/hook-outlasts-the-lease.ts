import type { Finding } from "./finding.ts";

/**
 * A neighbour computes for minutes, and nobody hears of a run beside it whose hook before the attempt takes its time: its lease is over, and it
 * was ended or taken over. When the event loop turned again, the implementation was called all the same, for nobody had told the attempt to
 * stop. Mended: after the hook an attempt whose lease is over renews it before it begins, or learns that it can't (perform.ts).
 */
export const hookOutlastsTheLease: Finding = {
	name: "hook-outlasts-the-lease",
	status: "fixed",
	promise: "INV-05",
	what: "A run whose hook before the attempt ends after its lease, while a neighbour kept the event loop busy, performs after it was ended.",
	seed: 1131776,
	kept: [
		"world: hooks",
		"world: a job that blocks",
		"world: a result cache",
		"world: a batch job",
		"step 1: produce",
		"step 4: produce many at once",
		"step 5: time passes",
		"step 14: deliver",
		"step 16: time passes",
		"w14 before hook of r-token-1682921240-1 attempt 1: takes its time",
		"m-4.8 g1 performance 1: computes for long",
	],
};
