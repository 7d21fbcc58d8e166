/**
 * Results that later runs of the same job and input are given, and the tags that take them away again. A tag has a version, and every
 * invalidation gives it another; an entry was computed from what its tags' versions stood for when its run looked, before it performed. So
 * no clock and no order of writes decides whether a result is of before an invalidation: its versions are the present ones, or they aren't.
 * The store decides nothing itself.
 */
import type { RunId } from "../kernel/ids.ts";
import type { EpochMs, EpochSeconds } from "../kernel/time.ts";
import type { StoredResult } from "./job-store.ts";

export interface CacheEntry {
	/** Whose result it is. */
	readonly from: RunId;
	readonly result: StoredResult;
	/** What its tags' versions were, as one text that only equality is asked of. */
	readonly stamp: string;
	/** When its run looked. */
	readonly lookedAt: EpochMs;
	/** The end of its period. */
	readonly until: EpochMs;
}

export interface CacheQuestion {
	readonly key: string;
	readonly tags: readonly string[];
}

export interface CacheAnswer {
	/** Absent also for one that can't be read. */
	readonly entry?: CacheEntry;
	/** In the order of the tags; `undefined` for one that was never invalidated, or not for long. */
	readonly versions: readonly (string | undefined)[];
}

export interface ResultCache {
	/** Strongly consistent, entries and versions alike; in the order of the questions. @throws MillraceError `store-failed` */
	lookMany(questions: readonly CacheQuestion[]): Promise<readonly CacheAnswer[]>;
	/** Keeps the entry, unless one is kept whose run looked later. @throws MillraceError `store-failed` */
	fill(key: string, entry: CacheEntry): Promise<void>;
	/**
	 * Gives each tag a version that it never had, also when a repetition of the call takes effect long after. When it resolves, every look that
	 * begins then finds that version or a later one. @throws MillraceError `store-failed`; some may have one, and doing it again is harmless.
	 */
	renew(tags: readonly string[], now: EpochMs, expiresAt: EpochSeconds): Promise<void>;
}
