/** The breaker store in memory, with the promises of the port and nothing more. Passes the same contract suite as the real one. */
import type { BreakerState, BreakerStore } from "../../shared/ports/breaker-store.ts";

export interface MemoryBreakerStore extends BreakerStore {
	readonly states: ReadonlyMap<string, BreakerState>;
	/** Calls so far, by method. */
	readonly calls: Readonly<Record<keyof BreakerStore, number>>;
}

export function createMemoryBreakerStore(): MemoryBreakerStore {
	const states = new Map<string, BreakerState>();
	const calls = { report: 0, look: 0, change: 0 };
	const stateOf = (queueClass: string): BreakerState =>
		states.get(queueClass) ?? { counts: { window: 0, failures: 0, successes: 0 } };
	const put = (queueClass: string, state: BreakerState): BreakerState => {
		states.set(queueClass, JSON.parse(JSON.stringify(state)) as BreakerState);
		return stateOf(queueClass);
	};
	return {
		states,
		calls,
		async report(queueClass, { window, failures, successes }) {
			calls.report++;
			const state = stateOf(queueClass);
			const { counts } = state;
			if (counts.window < window) return put(queueClass, { ...state, counts: { window, failures, successes } });
			const sum = { failures: counts.failures + failures, successes: counts.successes + successes };
			return put(queueClass, { ...state, counts: { window: counts.window, ...sum } });
		},
		async look(queueClass) {
			calls.look++;
			return stateOf(queueClass);
		},
		async change(queueClass, circuit) {
			calls.change++;
			const state = stateOf(queueClass);
			if ((state.circuit?.revision ?? 0) !== circuit.revision - 1) return { changed: false, state };
			const counts = { ...state.counts, failures: 0, successes: 0 };
			return { changed: true, state: put(queueClass, { counts, circuit }) };
		},
	};
}
