/**
 * Where the runs of one batch get their slots (INV-09), in all the pools that each needs. What is held is extended with the heartbeat, as
 * leases are. Left to others: which pools those are (pools-of.ts), one pool's slots (pool-counter.ts).
 */
import type { Heartbeat } from "../heartbeat.ts";
import type { Entrant, Entry, Leaving } from "./entry.ts";
import { type CounterParts, createPoolCounter, type PoolCounter } from "./pool-counter.ts";
import type { Pool } from "./pools-of.ts";
import { isSkipped } from "./turn-away.ts";

/** All the slots of one run. */
export interface Holds {
	/** Whether all are still held, for a performance that starts now. */
	confirm(): Promise<boolean>;
	/** Is called when one of them is lost while the run performs. */
	listen(lost: () => void): void;
	/** The run performs no longer. Resolves when the slots are handed on; only the first call counts. Never rejects. */
	leave(how: Leaving): Promise<void>;
}

export type Entering = { readonly entered: true; readonly holds: Holds } | Extract<Entry, { entered: false }>;

/**
 * A limit that skips comes last, so that nobody is skipped because of a run that waits for a place in its group itself. A further leg is never
 * skipped, and first takes over the place that it has been kept.
 */
const skipsLast = (pools: readonly Pool[], entrant: Entrant): readonly Pool[] => [
	...pools.filter((pool) => !isSkipped(pool, entrant)),
	...pools.filter((pool) => isSkipped(pool, entrant)),
];

export interface SlotDesk {
	/** Takes a slot in each pool, in order, or none at all. @throws MillraceError `store-failed` */
	enter(pools: readonly Pool[], entrant: Entrant): Promise<Entering>;
}

/** Of a run without limits, which costs nothing. */
const nothingHeld: Holds = { confirm: async () => true, listen: () => {}, leave: async () => {} };

export function createSlotDesk(parts: CounterParts & { readonly heartbeat: Heartbeat }): SlotDesk {
	const counters = new Map<string, PoolCounter>();
	function counterOf(pool: Pool): PoolCounter {
		// Lanes of one pool wait apart in one worker too.
		const name = `${pool.id} ${pool.lane}`;
		const known = counters.get(name);
		if (known !== undefined) return known;
		const made = createPoolCounter(pool, parts);
		counters.set(name, made);
		parts.heartbeat.join(made.beat);
		return made;
	}

	return {
		async enter(pools, entrant) {
			if (pools.length === 0) return { entered: true, holds: nothingHeld };
			const inOrder = skipsLast(pools, entrant);
			const [last, before] = [inOrder.at(-1), inOrder.length > 1];
			const skipping = before && last !== undefined && isSkipped(last, entrant) ? counterOf(last) : undefined;
			const cameAt = parts.clock.now();
			const busyWith = await skipping?.busyWith(entrant);
			if (busyWith !== undefined) return { entered: false, busyWith };
			const holds: Holds[] = [];
			const leave = async (how: Leaving): Promise<void> => {
				await Promise.all(holds.map((hold) => hold.leave(how)));
			};
			try {
				for (const pool of inOrder) {
					const ended = pool === last ? skipping?.endedSince(cameAt, entrant) : undefined;
					if (ended !== undefined) {
						await leave("unused");
						return { entered: false, busyWith: ended };
					}
					const entry = await counterOf(pool).enter(entrant);
					if (!entry.entered) {
						await leave("unused");
						return entry;
					}
					holds.push(entry.hold);
				}
			} catch (error) {
				await leave("unused");
				throw error;
			}
			return {
				entered: true,
				holds: {
					confirm: async () => (await Promise.all(holds.map((hold) => hold.confirm()))).every(Boolean),
					listen: (lost) => holds.forEach((hold) => void hold.listen(lost)),
					leave,
				},
			};
		},
	};
}
