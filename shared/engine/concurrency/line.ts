/**
 * How long a run waits that found no slot. Pure. Everybody who waits is given a time of their own to come back, one after another as slots
 * are expected to get free; so waiting costs about one message, however long the line is. Times are estimates and nobody's right: whoever
 * comes and finds a slot free takes it.
 */
import { LAMBDA_TIMEOUT_SECONDS_MAX } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { PoolState } from "../../ports/slot-store.ts";

/**
 * A run whose turn is this close waits for it in the worker: a queue's delay is whole seconds, and slots get free in between. Measured on the
 * simulated fleet (docs/guides/concurrency.md) with runs of a second: 2.5 s use 85 % of a slot, 1 s 75 %, no waiting 65 %.
 */
export const STANDBY_MS = 2_500;
/** Those who wait come back this much closer together than slots get free, or slots would stand empty between them. */
const SPACING_SHARE = 0.9;
const UNKNOWN_HOLD_MS = 100;
const RETURN_SECONDS_MIN = 1;
const RETURN_SECONDS_DOUBLED_MAX = 32;

/** How long one run holds a slot. Nothing is known before the first slot comes back, but that those there have lasted so long already. */
export function holdMsOf({ holdMs, holders }: PoolState, now: EpochMs): number {
	const expected = holdMs ?? Math.max(UNKNOWN_HOLD_MS, ...holders.map(({ since }) => now - since));
	return Math.min(Math.max(expected, 1), LAMBDA_TIMEOUT_SECONDS_MAX * 1000);
}

/** Between the times of two who wait. */
export const spacingMs = (state: PoolState, max: number, now: EpochMs): number =>
	Math.max(1, Math.round((holdMsOf(state, now) / max) * SPACING_SHARE));

/** How long to wait in the worker before looking for a slot again: each look is a write, and costs about as much as the worker's waiting. */
export const pollMs = (state: PoolState, now: EpochMs): number => Math.min(Math.max(holdMsOf(state, now), 100), 1000);

/** Whether a newcomer's turn would come while it waits in the worker. */
export const isShort = (state: PoolState, max: number, now: EpochMs): boolean =>
	holdMsOf(state, now) / max <= STANDBY_MS && (state.lineEnd ?? now) <= plusMs(now, STANDBY_MS);

/** @param times it has come back already. Who comes again and again (a worker died with its slot) comes more and more rarely. */
export function returnAt(place: EpochMs, times: number, now: EpochMs): EpochMs {
	const least = Math.min(RETURN_SECONDS_MIN * 2 ** times, RETURN_SECONDS_DOUBLED_MAX);
	return epochMs(Math.max(place, plusSeconds(now, least)));
}
