/** The effect store in memory; passes the same contract suite as the real one. */
import { type Effect, type EffectStore, isOfSameLife } from "../../shared/ports/effect-store.ts";

export interface MemoryEffectStore extends EffectStore {
	readonly effects: ReadonlyMap<string, Effect>;
}

export function createMemoryEffectStore(): MemoryEffectStore {
	const effects = new Map<string, Effect>();
	return {
		effects,
		read: async (scope, key) => effects.get(`${scope}#${key}`),
		async keep(scope, key, effect) {
			const name = `${scope}#${key}`;
			const known = effects.get(name);
			const kept = known !== undefined && isOfSameLife(known, effect) ? known : effect;
			effects.set(name, kept);
			return kept;
		},
		async noteRow(scope, key, { born, row }) {
			const name = `${scope}#${key}`;
			const known = effects.get(name);
			if (known?.born === born) effects.set(name, { ...known, row });
		},
	};
}
