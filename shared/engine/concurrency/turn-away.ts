/** How long a run that found no slot waits in the worker, and what it is told when it waits no longer. Pure. */
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { PoolState, SlotHolder } from "../../ports/slot-store.ts";
import type { Entrant, Entry } from "./entry.ts";
import { isShort, returnAt, standbyMs } from "./line.ts";
import type { Pool } from "./pools-of.ts";

export interface Waiting extends Entrant {
	readonly since: EpochMs;
}

/** Whether whoever finds the pool full is skipped. */
export const isSkipped = ({ whenBusy }: Pool, { leg }: Entrant): boolean => whenBusy === "skip" && leg === 1;

export function patienceUntil(
	waiter: Waiting,
	pool: Pool,
	state: PoolState,
	here: { readonly now: EpochMs; readonly holdsSome: boolean; readonly waitUntil: EpochMs },
): EpochMs {
	const { now, holdsSome, waitUntil } = here;
	if (isSkipped(pool, waiter)) return now;
	// A neighbour's slot is handed on without asking anybody.
	if (holdsSome) return waitUntil;
	const near = waiter.line !== undefined || isShort(state, pool, now);
	return near ? epochMs(Math.min(plusMs(waiter.since, standbyMs(state, pool, now)), waitUntil)) : now;
}

const othersAtWork = (holders: readonly SlotHolder[], now: EpochMs): readonly SlotHolder[] =>
	holders.filter(({ until, offeredTo }) => until > now && offeredTo === undefined);

/** A run that keeps the entrant from a full pool; `undefined` where there is room, or only its own run stands in the way. */
export function busyRun(entrant: Entrant, { max }: Pool, { holders }: PoolState, now: EpochMs): string | undefined {
	if (holders.some(({ run }) => run === entrant.run)) return undefined;
	const others = othersAtWork(holders, now);
	return others.length >= max ? others[0]?.run : undefined;
}

/** `undefined` for a run that needs a place in the line. */
export function answerTo(waiter: Waiting, pool: Pool, { holders }: PoolState, now: EpochMs): Entry | undefined {
	// Its own run's: of an attempt that goes on or was lost. This message is not needed before that ends.
	const own = holders.find(({ run }) => run === waiter.run);
	if (own !== undefined) return { entered: false, comeBackAt: returnAt(plusSeconds(own.until, 1), 0, now) };
	const [other] = othersAtWork(holders, now);
	if (isSkipped(pool, waiter) && other !== undefined) return { entered: false, busyWith: other.run };
	// Back before its time, as after the longest delay of a queue.
	const { line } = waiter;
	return line !== undefined && line.until > plusSeconds(now, 1)
		? { entered: false, comeBackAt: line.until }
		: undefined;
}
