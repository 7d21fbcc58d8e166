/** A failure that the simulation found, kept for good: as a seed with the shortest history in which it shows, which outlives changes of the workload. */
import type { Breach } from "../history.ts";
import type { World } from "../world.ts";

export interface Finding {
	/** Kebab-case, as the file. */
	readonly name: string;
	/** `fixed`: the history must hold its promises. `open`: it must still break this one, so that nobody forgets to say that it is mended. */
	readonly status: "fixed" | "open";
	readonly promise: string;
	/** What is wrong in the engine, and how it was or may be mended. */
	readonly what: string;
	readonly seed: number;
	/** Everything out of the ordinary that happens. */
	readonly kept: readonly string[];
	/** While it is open: whether a breach of another seed is this same fault again. As narrow as it can be told; goes when it is mended. */
	readonly explains?: (breach: Breach, world: World) => boolean;
}
