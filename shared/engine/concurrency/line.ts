/**
 * How long a run waits that found no slot. Pure. Everybody who waits is given a time of their own to come back, one after another as slots
 * are expected to get free; so waiting costs about one message, however long the line is. Times are estimates and nobody's right: whoever
 * comes and finds a slot free takes it.
 */
import { LAMBDA_TIMEOUT_SECONDS_MAX } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { PoolState } from "../../ports/slot-store.ts";
import type { Pool } from "./pools-of.ts";

/**
 * A run whose turn is this close waits for it in the worker: a queue's delay is whole seconds, and slots get free in between. Measured on the
 * simulated fleet (docs/guides/concurrency.md) with runs of a second: 2.5 s use 85 % of a slot, 1 s 75 %, no waiting 65 %.
 */
export const STANDBY_MS = 2_500;
/** A lane keeps a slot for so long at least, while it has runs for it: an exchange costs requests, and a moment in which nobody performs. */
export const TURN_MS = 1_000;
/** Runs take now more, now less than on average. */
const STANDBY_SHARE = 1.5;
/** Those who wait come back this much closer together than slots get free, or slots would stand empty between them. */
const SPACING_SHARE = 0.9;
const UNKNOWN_HOLD_MS = 100;
const POLL_MS_MIN = 100;
export const POLL_MS_MAX = 2_500;
const RETURN_SECONDS_MIN = 1;
const RETURN_SECONDS_DOUBLED_MAX = 32;

/** How long one run holds a slot. Nothing is known before the first slot comes back, but that those there have lasted so long already. */
export function holdMsOf({ holdMs, holders }: PoolState, now: EpochMs): number {
	const expected = holdMs ?? Math.max(UNKNOWN_HOLD_MS, ...holders.map(({ since }) => now - since));
	return Math.min(Math.max(expected, 1), LAMBDA_TIMEOUT_SECONDS_MAX * 1000);
}

/** Between the times of two who wait in a lane. As if it had all the slots: who comes too early waits once more, who comes too late leaves one empty. */
export const spacingMs = (state: PoolState, max: number, now: EpochMs): number =>
	Math.max(1, Math.round((holdMsOf(state, now) / max) * SPACING_SHARE));

/** The other lanes that wait for a slot, the one that has done so for longest first. */
export function callsOf({ lanes }: PoolState, own: string, now: EpochMs): readonly string[] {
	return Object.entries(lanes)
		.flatMap(([lane, { call }]) => (call === undefined || lane === own || call.until <= now ? [] : [{ lane, ...call }]))
		.sort((one, other) => one.since - other.since || (one.lane < other.lane ? -1 : 1))
		.map(({ lane }) => lane);
}

/**
 * How long to wait in the worker before looking for a slot again: a look costs about as much as the worker's waiting. Where lanes share the
 * slots it is a read, a fifth of the price, and a slot that was left to this lane stands empty until then.
 */
export function pollMs(state: PoolState, { shared }: Pool, now: EpochMs): number {
	const holdMs = holdMsOf(state, now);
	const [pauseMs, most] = shared ? [holdMs / 4, POLL_MS_MAX] : [holdMs, 1_000];
	return Math.min(Math.max(pauseMs, POLL_MS_MIN), most);
}

/**
 * How long a run waits in the worker. Where lanes share the slots, one is left only to a lane that is there when a run ends: so for as long
 * as it takes until it is the lane's turn.
 */
export function standbyMs(state: PoolState, { shared, max, lane }: Pool, now: EpochMs): number {
	if (!shared) return STANDBY_MS;
	const turnMs = (holdMsOf(state, now) + TURN_MS) * STANDBY_SHARE;
	return Math.max(STANDBY_MS, turnMs * Math.max(1, (1 + callsOf(state, lane, now).length) / max));
}

/** Whether a newcomer's turn would come while it waits in the worker. */
export function isShort(state: PoolState, pool: Pool, now: EpochMs): boolean {
	const waitMs = standbyMs(state, pool, now);
	return holdMsOf(state, now) / pool.max <= waitMs && (state.lanes[pool.lane]?.lineEnd ?? now) <= plusMs(now, waitMs);
}

/** @param times it has come back already. Who comes again and again (a worker died with its slot) comes more and more rarely. */
export function returnAt(place: EpochMs, times: number, now: EpochMs): EpochMs {
	const least = Math.min(RETURN_SECONDS_MIN * 2 ** times, RETURN_SECONDS_DOUBLED_MAX);
	return epochMs(Math.max(place, plusSeconds(now, least)));
}
