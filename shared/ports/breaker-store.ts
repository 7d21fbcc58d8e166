/**
 * The circuit breakers of queue classes: one small item for each, that only workers whose attempts fail ever touch, and atomic updates of
 * it. What they mean is decided in shared/engine/breaker/circuit.ts; the store decides nothing itself.
 */
import type { EpochMs } from "../kernel/time.ts";

interface AnyCircuit {
	/** Counts the changes: the condition of the next one. 0 before the first. */
	readonly revision: number;
	/** When it opened, or closed. Of an open one also its name: what was tried in an earlier time of trouble says nothing about this one. */
	readonly since: EpochMs;
	/** Between two probes; of a closed one, as it last was. */
	readonly openSeconds: number;
}

export interface OpenCircuit extends AnyCircuit {
	readonly open: true;
	/** The error that was seen last, or what an operator said. */
	readonly because: string;
	/** From then on one worker may take the next probe. */
	readonly nextProbeAt: EpochMs;
	/** So many runs it may then let through. */
	readonly probes: number;
	/** A worker has taken a probe and has not told how it went. */
	readonly probing: boolean;
}

export interface ClosedCircuit extends AnyCircuit {
	readonly open: false;
}

export type Circuit = OpenCircuit | ClosedCircuit;

/** Of a stretch of time with this number. */
export interface BreakerCounts {
	readonly window: number;
	readonly failures: number;
	readonly successes: number;
}

export interface BreakerState {
	readonly counts: BreakerCounts;
	/** Absent before its first change. */
	readonly circuit?: Circuit;
}

export interface BreakerStore {
	/**
	 * Adds to what is counted, all workers together. A later window than the one there begins anew; an earlier one counts towards that.
	 * @throws MillraceError `store-failed`; then it may have been counted.
	 */
	report(queueClass: string, counts: BreakerCounts): Promise<BreakerState>;
	/** Strongly consistent; one that was never used has counted nothing, in window 0. @throws MillraceError `store-failed` */
	look(queueClass: string): Promise<BreakerState>;
	/**
	 * Writes the circuit when the one there has the revision before its own, and begins to count anew. Comes back with the state as it then
	 * is, whoever made it so. @throws MillraceError `store-failed`; then it may have been changed.
	 */
	change(queueClass: string, circuit: Circuit): Promise<{ readonly changed: boolean; readonly state: BreakerState }>;
}
