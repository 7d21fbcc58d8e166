/** The debounce store in memory; passes the same contract suite as the real one. */
import type { DebounceStore, LatestEnqueue } from "../../shared/ports/debounce-store.ts";

export interface MemoryDebounceStore extends DebounceStore {
	readonly latest: ReadonlyMap<string, LatestEnqueue>;
}

export function createMemoryDebounceStore(): MemoryDebounceStore {
	const latest = new Map<string, LatestEnqueue>();
	return {
		latest,
		async note(key, { run, sentAt, carrier }, { now }) {
			const known = latest.get(key);
			if (known !== undefined && (known.sentAt > sentAt || (known.sentAt === sentAt && known.run >= run))) return known;
			const noted = { run, sentAt, carrier, since: known?.since ?? now };
			latest.set(key, noted);
			return noted;
		},
		async endWait(key, { run, sentAt }) {
			const known = latest.get(key);
			if (known?.run !== run || known.sentAt !== sentAt) return known;
			const { since: _, ...ended } = known;
			latest.set(key, ended);
			return ended;
		},
	};
}
