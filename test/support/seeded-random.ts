/** Randomness that one seed repeats: mulberry32, and tokens that count. */
import type { Random } from "../../shared/ports/random.ts";

export function createSeededRandom(seed = 1): Random {
	let state = seed >>> 0;
	let tokens = 0;
	return {
		unit() {
			state = (state + 0x6d2b79f5) >>> 0;
			let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
			mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
			return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
		},
		token: () => `token-${seed}-${++tokens}`,
	};
}
