/**
 * Slots that runs perform in: one small item for each pool, with an entry for each holder, and atomic updates of it. An entry is good until
 * its own instant, so a holder that dies gives its slot back by being silent. Updates that don't exclude each other don't disturb each other:
 * there is no version that contenders would fight for. The store decides nothing itself.
 */
import type { EpochMs } from "../kernel/time.ts";

export interface SlotHolder {
	/** Unique for each time that a slot is taken. */
	readonly token: string;
	/** The run that it was taken for. */
	readonly run: string;
	readonly since: EpochMs;
	/** Nobody else may take the slot before. */
	readonly until: EpochMs;
	/** Kept for the next leg of its run, which may take it over before that. */
	readonly kept?: true;
	/** Nobody performs in it, and it is no run's: this lane may take it over before that. */
	readonly offeredTo?: string;
}

/** Those of a pool that wait in one line: the runs of one queue class. */
export interface Lane {
	/** Its runs that wait have been told to come back until then, one after another. */
	readonly lineEnd?: EpochMs;
	/** One of its runs waits in a worker for the next slot: since when, and until when this holds unless it is said again. */
	readonly call?: { readonly since: EpochMs; readonly until: EpochMs };
}

export interface PoolState {
	/** Oldest first. */
	readonly holders: readonly SlotHolder[];
	/** How long a run has held a slot lately, on average; absent before the first has given one back. */
	readonly holdMs?: number;
	/** By name; those that have anything to say. */
	readonly lanes: Readonly<Record<string, Lane>>;
}

export interface TakeSlots {
	/** New entries. None of their tokens has been used before. */
	readonly holders: readonly SlotHolder[];
	/** Whose call for a slot is answered. */
	readonly lane: string;
	/** Taken over: entries that have ended, are kept for this run or offered to its lane. Each must stand there exactly as given. */
	readonly over: readonly SlotHolder[];
	/** Entries that there may be afterwards. */
	readonly max: number;
	/** When the pool may be forgotten if nobody uses it. */
	readonly expiresAt: EpochMs;
}

export interface SlotStore {
	/**
	 * Takes all the slots or none. Taken too when the same call had landed already. `state` is the pool as it then is, and after a refusal
	 * what stood in the way. @throws MillraceError `store-failed`; the slots may have been taken then.
	 */
	take(pool: string, slots: TakeSlots): Promise<{ readonly taken: boolean; readonly state: PoolState }>;
	/**
	 * Writes new ends (and `kept`) into entries that are still there. One whose end is later already keeps it: a call may be long on its way.
	 * Comes back with the tokens of those that were there. @throws MillraceError `store-failed`
	 */
	extend(pool: string, holders: readonly SlotHolder[]): Promise<ReadonlySet<string>>;
	/** Removes entries, as far as they are there. @param holdMs the average, to be noted. @throws MillraceError `store-failed` */
	release(pool: string, tokens: readonly string[], holdMs: number | undefined): Promise<void>;
	/** Notes how long runs hold a slot on average. @throws MillraceError `store-failed` */
	note(pool: string, holdMs: number): Promise<void>;
	/** Strongly consistent; a pool that was never used has nothing. @throws MillraceError `store-failed` */
	look(pool: string): Promise<PoolState>;
	/** Makes a lane's line longer: from its end, or from `from` where that is later; its call is over. Its new end. @throws MillraceError `store-failed`; then a gap may be left. */
	lineUp(
		pool: string,
		place: { readonly lane: string; readonly from: EpochMs; readonly lengthMs: number },
	): Promise<EpochMs>;
	/** Says that a run of the lane waits. @throws MillraceError `store-failed` */
	call(pool: string, lane: string, call: NonNullable<Lane["call"]>): Promise<void>;
	/**
	 * Leaves a held slot to a lane that calls (`holder.offeredTo`) and thereby ends its call. `not-called`: it does not call any more, and the slot
	 * is held as before. `gone`: the entry is not there, perhaps because an earlier try of the same call has been answered by the lane already.
	 * @throws MillraceError `store-failed`; the slot may have been left then.
	 */
	offer(pool: string, holder: SlotHolder & { readonly offeredTo: string }): Promise<"left" | "not-called" | "gone">;
}
