/** A fault planted in the engine to see whether the simulation would catch it. */

export interface Mutant {
	/** Kebab-case. */
	readonly name: string;
	/** What it plants, for the list in docs/simulation.md. */
	readonly what: string;
	/** In the project. */
	readonly file: string;
	/** Stands in the file exactly once. */
	readonly find: string;
	readonly replace: string;
}
