/**
 * The signs of life of one invocation: every 20 s each performing attempt extends its lease and learns whether it shall stop, and where the
 * function may run for longer than a lease its messages stay out of sight as long. One timer serves the whole batch, and a run that ends
 * within 20 s costs nothing.
 */
import { BEAT_INTERVAL_MS, LEASE_MARGIN_MS, LEASE_MS } from "../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs } from "../kernel/time.ts";
import type { Clock } from "../ports/clock.ts";

/** The end of a lease taken or extended now: never much beyond the invocation, after which nobody is at work any more. */
export const leaseFrom = (
	now: EpochMs,
	invocationEndsAt: EpochMs,
	{ blocking }: { readonly blocking: boolean },
): EpochMs =>
	plusMs(blocking ? invocationEndsAt : epochMs(Math.min(invocationEndsAt, plusMs(now, LEASE_MS))), LEASE_MARGIN_MS);

/** Whoever looks for it by another clock may take the run over from then on. */
export const leaseIsOver = (now: EpochMs, leaseUntil: EpochMs): boolean => now >= leaseUntil - LEASE_MARGIN_MS;

export interface Heartbeat {
	/** Calls `beat` every 20 s until the returned function is called. `beat` must not reject. */
	join(beat: () => Promise<void>): () => void;
}

/** Beats until `ended` aborts. */
export function startHeartbeat(clock: Clock, ended: AbortSignal): Heartbeat {
	const members = new Set<() => Promise<void>>();
	async function run(): Promise<void> {
		for (;;) {
			await clock.sleep(BEAT_INTERVAL_MS, ended);
			if (ended.aborted) return;
			// Not awaited: one that hangs must not silence the others.
			for (const beat of members) void beat();
		}
	}
	void run();
	return {
		join(beat) {
			members.add(beat);
			return () => members.delete(beat);
		},
	};
}
