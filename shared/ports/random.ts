/** Randomness, as an outside thing. */

export interface Random {
	/** Evenly in [0, 1). */
	unit(): number;
	/** A text that no other call anywhere returns: at least 96 random bits, characters of a run id. */
	token(): string;
}
