/**
 * What a worker knows of a pool: what the store said last, and how long its own runs have held a slot since. Also which lanes wait: one whose
 * run waits in a worker calls for a slot, and whoever ends a run elsewhere leaves its slot to the lane that has called for longest. So a long
 * line in one lane keeps nobody in another from their turn.
 */
import { type EpochMs, epochMs, plusMs } from "../../kernel/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { PoolState, SlotStore } from "../../ports/slot-store.ts";
import { callsOf, POLL_MS_MAX } from "./line.ts";
import type { Pool } from "./pools-of.ts";

export interface PoolView {
	/** What the store said last, with what was measured since. */
	state(): PoolState;
	/** The store's answer. */
	learn(state: PoolState): void;
	/** Looks at all but the average, which may be newer here; once for all who want to know. @throws MillraceError `store-failed` */
	refresh(): Promise<void>;
	/** A run held a slot for so long. */
	measured(heldMs: number): void;
	/** A batch may last for minutes, and whoever finds the pool full meanwhile goes by what the store says. */
	tellAverage(): void;
	/** Says that a run of the own lane waits, unless that was said a moment ago. @throws MillraceError `store-failed` */
	call(): Promise<void>;
	/** The other lane that has waited longest for a slot; `undefined` for none. @throws MillraceError `store-failed` */
	callingLane(): Promise<string | undefined>;
}

/** A lane that waits says so again as long as it does. */
const CALL_MS = 2 * POLL_MS_MAX;
/** Calls that were looked at so long ago are looked at again. */
const FRESH_MS = 1_000;
/** The average leans towards what was measured lately. */
const AVERAGE_SHARE = 0.2;

/** In how many of its slots a run performs, as far as it shows: not in what is kept for a next leg, left to a lane, or has ended. */
export const performingIn = ({ holders }: PoolState, now: EpochMs): number =>
	holders.filter(({ until, kept, offeredTo }) => until > now && kept === undefined && offeredTo === undefined).length;

export function createPoolView(
	pool: Pool,
	{
		store,
		clock,
		failed,
	}: { readonly store: SlotStore; readonly clock: Clock; readonly failed: (error: Error) => void },
): PoolView {
	let state: PoolState = { holders: [], lanes: {} };
	let stateAt = epochMs(0);
	/** The average that the store has. */
	let noted: number | undefined;
	let looking: Promise<void> | undefined;

	function see(seen: PoolState): void {
		state = seen;
		stateAt = clock.now();
	}
	function refresh(): Promise<void> {
		looking ??= store
			.look(pool.id)
			.then((seen) => see(state.holdMs === undefined ? seen : { ...seen, holdMs: state.holdMs }))
			.finally(() => {
				looking = undefined;
			});
		return looking;
	}
	const others = (now: EpochMs): readonly string[] => callsOf(state, pool.lane, now);

	return {
		state: () => state,
		learn(seen) {
			see(seen);
			noted = seen.holdMs;
		},
		refresh,
		measured(heldMs) {
			const average = state.holdMs ?? heldMs;
			state = { ...state, holdMs: average + (heldMs - average) * AVERAGE_SHARE };
		},
		tellAverage() {
			const { holdMs } = state;
			if (holdMs === undefined || (noted !== undefined && holdMs < 2 * noted && holdMs > noted / 2)) return;
			noted = holdMs;
			void store.note(pool.id, holdMs).catch(failed);
		},
		async call() {
			const now = clock.now();
			const own = state.lanes[pool.lane];
			const known = own?.call;
			if (known !== undefined && known.until > plusMs(now, POLL_MS_MAX)) return;
			const since = known === undefined || known.until <= now ? now : known.since;
			const call = { since, until: plusMs(now, CALL_MS) };
			await store.call(pool.id, pool.lane, call);
			state = { ...state, lanes: { ...state.lanes, [pool.lane]: { ...own, call } } };
		},
		async callingLane() {
			// A lane that waited a moment ago may have its slot by now.
			if (clock.now() - stateAt >= FRESH_MS || others(clock.now()).length > 0) await refresh();
			return others(clock.now())[0];
		},
	};
}
