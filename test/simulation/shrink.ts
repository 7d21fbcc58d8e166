/**
 * The shortest history in which the same promise breaks: of all that happened out of the ordinary, as much as possible is left out, first in
 * large parts, then one by one, as long as the promise still breaks (delta debugging). What is left is what it takes.
 */
import { runSeed, type SeedReport } from "./run-seed.ts";

export interface Shrunk {
	/** In order. With exactly these kept, the promise breaks. */
	readonly kept: readonly string[];
	/** Histories tried. */
	readonly tries: number;
}

/** Enough for some hundred happenings; what is left then is short, if not the shortest. */
const triesMax = 2_000;

export async function shrink(seed: number, report: SeedReport): Promise<Shrunk> {
	const [first] = report.breaches;
	const isSame = ([other]: SeedReport["breaches"]): boolean =>
		other !== undefined && other.promise === first?.promise && other.explainedBy === first.explainedBy;
	let tries = 0;
	const breaks = async (kept: readonly string[]): Promise<readonly string[] | undefined> => {
		tries++;
		const shorter = await runSeed(seed, { kept: new Set(kept) });
		// What was kept and did not come up any more is left out too.
		return isSame(shorter.breaches) ? [...shorter.happened] : undefined;
	};

	// A happening may have a place only by what others left to chance: if the whole does not replay, there is nothing to shrink.
	let kept = await breaks([...report.happened]);
	if (kept === undefined) return { kept: [...report.happened], tries };
	for (let size = Math.ceil(kept.length / 2); ; size = Math.ceil(size / 2)) {
		let left = kept.length;
		for (let from = 0; from < kept.length && tries < triesMax; ) {
			const shorter: readonly string[] | undefined = await breaks([...kept.slice(0, from), ...kept.slice(from + size)]);
			if (shorter === undefined || shorter.length >= kept.length) from += size;
			else kept = shorter;
		}
		left -= kept.length;
		// Leaving one out may make another one needless: once more over the single ones, until nothing goes.
		if (size === 1 && (left === 0 || tries >= triesMax)) return { kept, tries };
	}
}
