/**
 * A checker is one promise of the engine, judged by what is seen from outside. It knows no code of the engine: what a message is about and
 * what a number should be, it works out by itself from the contract.
 */
import type { Seen } from "../history.ts";
import type { World } from "../world.ts";

export interface Checker {
	/** Called for everything that is seen, as it happens. */
	observe?(seen: Seen): void;
	/** Called when faults are over and the queues have run empty. */
	calm?(): void;
	/** Called after that, when every dead letter was redriven with jobs that succeed, and the queues have run empty again. */
	mended?(): void;
	/** Called last, when the sweeper has had its time. */
	swept?(): void;
}

export interface CheckerKind {
	/** `INV-01`… as in docs/architecture.md; for what a guide promises, a word for it. */
	readonly promise: string;
	/** @param broken called with the run it is about, and how the promise is broken. */
	create(world: World, broken: (runId: string, how: string) => void): Checker;
}
