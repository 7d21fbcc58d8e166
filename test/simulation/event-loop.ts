/** One process of a function: while a job keeps its event loop busy, nothing else of it happens. It neither sends, nor hears, nor wakes. */
import { type EpochMs, plusMs } from "../../shared/kernel/time.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

/** Whoever makes calls: a worker, a producer, an operator. */
export interface Caller {
	/** Unique in its world. */
	readonly name: string;
	readonly alive: boolean;
	/** Until then its event loop is busy. Default never. */
	readonly busyUntil?: EpochMs;
	/** From now on nothing of it happens any more. */
	die(): void;
}

export interface WorkerProcess extends Caller {
	alive: boolean;
	/** In the past while its event loop turns. */
	busyUntil: EpochMs;
}

/** For how long the process can do nothing; 0 for one that can. */
export const busyMs = (clock: VirtualClock, { busyUntil }: Pick<Caller, "busyUntil">): number =>
	busyUntil === undefined ? 0 : Math.max(0, busyUntil - clock.now());

/** A long computation without an `await`. */
export async function block(clock: VirtualClock, worker: WorkerProcess, durationMs: number): Promise<void> {
	worker.busyUntil = plusMs(clock.now(), durationMs);
	await clock.sleep(durationMs);
}
