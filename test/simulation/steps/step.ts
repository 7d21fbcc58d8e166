/** A step is what happens to a world from outside: a delivery, time that passes, a producer, an operator. Each kind is a value, listed in steps.ts. */
import type { World } from "../world.ts";

export interface StepKind {
	/** In a word or two, for the trace. */
	readonly name: string;
	/** How often it is taken, against the others; a whole number. */
	readonly weight: number;
	/** At most this often in one world. Default any number. */
	readonly times?: number;
	/** @param name unique in the world: what the step leaves to chance is drawn under it. */
	take(world: World, name: string): void | Promise<void>;
}
