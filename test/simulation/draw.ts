/**
 * Chance by name. Whatever a simulated world leaves to chance has a name ("step 17 kind", "w3 store.settleMany 2 fault"), and seed and name
 * alone give the number. So leaving one thing out does not change what becomes of the others, which is what lets a history be shrunk.
 */

export interface Draw {
	readonly seed: number;
	/** Evenly in [0, 1). */
	unit(name: string): number;
	/** 0 to `below` - 1. */
	int(name: string, below: number): number;
	/** `undefined` for no items. */
	oneOf<Item>(name: string, items: readonly Item[]): Item | undefined;
	chance(name: string, probability: number): boolean;
	/**
	 * Whether something out of the ordinary happens. Unlike `chance` it is noted, and left out when a shrunk history does without it.
	 * The name is unique in its world and shown to people.
	 */
	happens(name: string, probability: number): boolean;
	/** The same for one of many kinds of things that may happen at a place; each is noted as "place: kind". */
	which<Kind extends string>(place: string, kinds: readonly Kind[], probability: number): Kind | undefined;
	/** Everything out of the ordinary that happened so far, in order. */
	readonly happened: ReadonlySet<string>;
}

/** @param kept when given, exactly this happens out of the ordinary, whatever the probabilities are today: so a history outlives changes of the workload. */
export function createDraw(seed: number, kept?: ReadonlySet<string>): Draw {
	const happened = new Set<string>();
	const salt = mix(seed >>> 0);

	/** FNV-1a over the name, mixed with the seed. */
	function unit(name: string): number {
		let hash = salt;
		for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
		return mix(hash) / 2 ** 32;
	}

	function note(name: string): true {
		happened.add(name);
		return true;
	}
	const happens = (name: string, probability: number): boolean =>
		(kept === undefined ? unit(name) < probability : kept.has(name)) && note(name);
	const int = (name: string, below: number): number => Math.floor(unit(name) * below);
	return {
		seed,
		happened,
		unit,
		int,
		oneOf: (name, items) => items[int(name, items.length)],
		chance: (name, probability) => unit(name) < probability,
		happens,
		which(place, kinds, probability) {
			if (kept !== undefined) return kinds.find((kind) => happens(`${place}: ${kind}`, 1));
			const kind = unit(place) < probability ? kinds[int(`${place} kind`, kinds.length)] : undefined;
			if (kind !== undefined) note(`${place}: ${kind}`);
			return kind;
		},
	};
}

/** The finaliser of MurmurHash3. */
function mix(value: number): number {
	let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
}
