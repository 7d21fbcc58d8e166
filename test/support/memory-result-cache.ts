/** The result cache in memory; passes the same contract suite as the real one. */
import { type EpochMs, type EpochSeconds, toEpochSeconds } from "../../shared/kernel/time.ts";
import type { CacheEntry, ResultCache } from "../../shared/ports/result-cache.ts";

export interface MemoryResultCache extends ResultCache {
	readonly entries: ReadonlyMap<string, CacheEntry>;
	/** Calls so far, by method. */
	readonly calls: Readonly<Record<keyof ResultCache, number>>;
	/** Does what time to live does: entries and versions that are over are gone. @returns how many versions. */
	forget(now: EpochMs): number;
}

export function createMemoryResultCache(): MemoryResultCache {
	const entries = new Map<string, CacheEntry>();
	const versions = new Map<string, { readonly version: number; readonly expiresAt: EpochSeconds }>();
	const calls = { lookMany: 0, fill: 0, renew: 0 };
	return {
		entries,
		calls,
		async lookMany(questions) {
			calls.lookMany++;
			return questions.map(({ key, tags }) => {
				const entry = entries.get(key);
				const known = tags.map((tag) => versions.get(tag)?.version.toString());
				return { ...(entry === undefined ? {} : { entry }), versions: known };
			});
		},
		async fill(key, entry) {
			calls.fill++;
			const kept = entries.get(key);
			if (kept === undefined || kept.lookedAt <= entry.lookedAt) entries.set(key, entry);
		},
		async renew(tags, now, expiresAt) {
			calls.renew++;
			for (const tag of tags) versions.set(tag, { version: (versions.get(tag)?.version ?? now * 1000) + 1, expiresAt });
		},
		forget(now) {
			for (const [key, { until }] of entries) if (until <= now) entries.delete(key);
			const over = [...versions].filter(([, { expiresAt }]) => expiresAt <= toEpochSeconds(now));
			for (const [tag] of over) versions.delete(tag);
			return over.length;
		},
	};
}
