/** The limit store in memory, with the promises of the port and nothing more. Passes the same contract suite as the real one. */
import { epochMs } from "../../shared/kernel/time.ts";
import type { LimiterState, LimitStore } from "../../shared/ports/limit-store.ts";
import { copyOfJson } from "./copy-of-json.ts";

export interface MemoryLimitStore extends LimitStore {
	readonly states: ReadonlyMap<string, LimiterState>;
	/** Calls so far, by method. */
	readonly calls: Readonly<Record<keyof LimitStore, number>>;
}

export function createMemoryLimitStore(): MemoryLimitStore {
	const states = new Map<string, LimiterState>();
	const calls = { take: 0, look: 0, plan: 0, override: 0 };
	const stateOf = (limiter: string): LimiterState => states.get(limiter) ?? { taken: 0, seenAt: epochMs(0) };
	const put = (limiter: string, state: LimiterState): LimiterState => {
		states.set(limiter, copyOfJson(state) as LimiterState);
		return stateOf(limiter);
	};
	return {
		states,
		calls,
		async take(limiter, { count, now, seenAtMax }) {
			calls.take++;
			const state = stateOf(limiter);
			if (state.seenAt > seenAtMax) return { taken: false, state };
			return { taken: true, state: put(limiter, { ...state, taken: state.taken + count, seenAt: now }) };
		},
		async look(limiter) {
			calls.look++;
			return stateOf(limiter);
		},
		async plan(limiter, { revision, takenMax = Number.POSITIVE_INFINITY, timetable }) {
			calls.plan++;
			const state = stateOf(limiter);
			if ((state.timetable?.revision ?? 0) !== revision || state.taken > takenMax) return state;
			return put(limiter, { ...state, timetable });
		},
		async override(limiter, override) {
			calls.override++;
			const { override: _, ...state } = stateOf(limiter);
			return put(limiter, override === undefined ? state : { ...state, override });
		},
	};
}
