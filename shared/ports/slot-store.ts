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
}

export interface PoolState {
	/** Oldest first. */
	readonly holders: readonly SlotHolder[];
	/** How long a run has held a slot lately, on average; absent before the first has given one back. */
	readonly holdMs?: number;
	/** Runs that wait have been told to come back until then, one after another. */
	readonly lineEnd?: EpochMs;
}

export interface TakeSlots {
	/** New entries. None of their tokens has been used before. */
	readonly holders: readonly SlotHolder[];
	/** Taken over: entries that have ended or are kept for this run. Each must stand there exactly as given. */
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
	/** Writes new ends (and `kept`) into entries that are still there. Comes back with the tokens of those that were. @throws MillraceError `store-failed` */
	extend(pool: string, holders: readonly SlotHolder[]): Promise<ReadonlySet<string>>;
	/** Removes entries, as far as they are there. @param holdMs the average, to be noted. @throws MillraceError `store-failed` */
	release(pool: string, tokens: readonly string[], holdMs: number | undefined): Promise<void>;
	/** Notes how long runs hold a slot on average. @throws MillraceError `store-failed` */
	note(pool: string, holdMs: number): Promise<void>;
	/** Strongly consistent; a pool that was never used has nothing. @throws MillraceError `store-failed` */
	look(pool: string): Promise<PoolState>;
	/** Makes the line longer: from its end, or from `from` where that is later. Its new end. @throws MillraceError `store-failed`; then a gap may be left. */
	lineUp(pool: string, place: { readonly from: EpochMs; readonly lengthMs: number }): Promise<EpochMs>;
}
