/** Numbers from 0 up to 1 that are the same for the same seed (xorshift, 32 bits), so that a kill run's plan can be repeated. */
export function seededRandom(seed: number): () => number {
	// Zero is the one state that xorshift never leaves; the multiplication spreads neighbouring seeds.
	let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
	return () => {
		state = (state ^ (state << 13)) >>> 0;
		state = (state ^ (state >>> 17)) >>> 0;
		state = (state ^ (state << 5)) >>> 0;
		return state / 4_294_967_296;
	};
}
