/** The effect store in memory; passes the same contract suite as the real one. */
import type { EffectStore } from "../../shared/ports/effect-store.ts";
import type { StoredResult } from "../../shared/ports/job-store.ts";

export interface MemoryEffectStore extends EffectStore {
	readonly effects: ReadonlyMap<string, StoredResult>;
}

export function createMemoryEffectStore(): MemoryEffectStore {
	const effects = new Map<string, StoredResult>();
	return {
		effects,
		read: async (run, key) => effects.get(`${run}#${key}`),
		async keep(run, key, result) {
			const name = `${run}#${key}`;
			const kept = effects.get(name) ?? result;
			effects.set(name, kept);
			return kept;
		},
	};
}
