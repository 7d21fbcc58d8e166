/**
 * What this platform makes use of beyond plain jobs. Each is out of the ordinary, so that a shrunk history tells which of them it takes, and one
 * that was found before a feature came is replayed without it.
 */
import type { Draw } from "./draw.ts";

export interface Features {
	/** Jobs keep effects by `ctx.once`. */
	readonly effects: boolean;
	/** A team has hung its hooks on the workers. */
	readonly hooks: boolean;
	/** There is a job that keeps its event loop busy. */
	readonly blocking: boolean;
	/** The group of most jobs is fed by a second class. */
	readonly siblings: boolean;
	/** Runs of that group performing at once; 0: as many as there are workers. */
	readonly groupMax: number;
	/** Rules say which of its two classes a run goes through. */
	readonly routed: boolean;
	/** Rate and number are counted apart for each value of a field. */
	readonly perField: boolean;
	/** The job that starts only so often has time limits, too. */
	readonly timedTurns: boolean;
	/** Classes hold their runs back after two failures, for seconds. Without it there are no breakers. */
	readonly breaker: boolean;
	/** There is a job whose results are given to later runs of the same input. */
	readonly cache: boolean;
	/** There is a job of whose runs the last one performs. */
	readonly debounce: boolean;
	/** There is a job that takes several runs at once. */
	readonly batch: boolean;
	/** The next version allows another number at once. */
	readonly numberChanges: boolean;
	/** There are schedules. */
	readonly schedules: boolean;
}

export function drawFeatures(draw: Draw): Features {
	const has = (what: string, probability: number): boolean => draw.happens(`world: ${what}`, probability);
	const capped = draw.which("world", ["a cap of 1", "a cap of 2", "a cap of 3"], 0.25);
	const routed = has("routes", 0.3);
	return {
		effects: has("effects that are kept", 0.3),
		hooks: has("hooks", 0.25),
		blocking: has("a job that blocks", 0.2),
		routed,
		groupMax: capped === undefined ? 0 : Number(capped.at(-1)),
		siblings: routed || capped !== undefined,
		perField: has("limits per field", 0.25),
		timedTurns: has("time limits under a rate limit", 0.4),
		breaker: has("breakers that open soon", 0.25),
		cache: has("a result cache", 0.2),
		debounce: has("a debounced job", 0.2),
		batch: has("a batch job", 0.2),
		numberChanges: has("another number in the next version", 0.2),
		schedules: has("schedules", 0.06),
	};
}
