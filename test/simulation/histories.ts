/** Every history that is kept: what was found and mended, and what planted faults need to show. Replayed by each test run. */
import { findings } from "./findings.ts";
import type { Breach } from "./history.ts";
import { rareHistories } from "./rare-histories.ts";
import { runSeed } from "./run-seed.ts";

interface KeptHistory {
	readonly name: string;
	readonly seed: number;
	readonly kept: readonly string[];
}

const histories: readonly KeptHistory[] = [
	...findings.filter(({ status }) => status === "fixed"),
	...rareHistories.map(({ mutant, seed, kept }) => ({ name: mutant, seed, kept })),
];

/** Those in which a promise breaks. With the code as it is, none. */
export async function replayHistories(): Promise<{ history: string; breaches: readonly Breach[] }[]> {
	const broken: { history: string; breaches: readonly Breach[] }[] = [];
	for (const { name, seed, kept } of histories) {
		const { breaches } = await runSeed(seed, { kept: new Set(kept) });
		if (breaches.length > 0) broken.push({ history: name, breaches });
	}
	return broken;
}
