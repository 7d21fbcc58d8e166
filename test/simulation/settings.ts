/** What a world is like as a whole: how much goes wrong in it, and how its platform is set up. */
import type { Draw } from "./draw.ts";
import { faultKinds } from "./fault-kinds.ts";

export interface Settings {
	/** How often a call of a port goes wrong. */
	readonly faultRate: number;
	/** How often a performance does not simply end well. */
	readonly troubleRate: number;
	/** The kinds of faults that this world knows: with few of them, combinations come up that many would drown. */
	readonly faults: readonly (typeof faultKinds)[number][];
	/** How often a message may be received before SQS moves it to the dead-letter queue by itself. */
	readonly maxReceiveCount: number;
	/** Of every function. */
	readonly timeoutSeconds: number;
	readonly runConcurrency: number;
	/** Requests to begin with, and steps after them. */
	readonly wishes: number;
	readonly steps: number;
	/** No two workers' clocks differ by more than a lease's margin of 15 s. */
	readonly skewMsMax: number;
}

export function drawSettings(draw: Draw): Settings {
	const faults = faultKinds.filter((kind) => draw.chance(`world knows ${kind}`, 0.7));
	return {
		faultRate: draw.chance("world is calm", 0.1) ? 0 : 0.02 + draw.unit("world fault rate") * 0.25,
		troubleRate: 0.2 + draw.unit("world trouble rate") * 0.5,
		faults,
		maxReceiveCount: draw.chance("world counts receives", 0.15) ? 5 : 1_000,
		timeoutSeconds: draw.oneOf("world timeout", [20, 60, 60, 900]) ?? 60,
		runConcurrency: draw.oneOf("world concurrency", [1, 2, 10]) ?? 10,
		wishes: 1 + draw.int("world wishes", 4),
		steps: 10 + draw.int("world steps", 36),
		skewMsMax: draw.chance("world agrees about the time", 0.3) ? 0 : 7_000,
	};
}
