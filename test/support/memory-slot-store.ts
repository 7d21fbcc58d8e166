/** The slot store in memory, with the promises of the port and nothing more. Passes the same contract suite as the real one. */
import { type EpochMs, epochMs, plusMs } from "../../shared/kernel/time.ts";
import type { PoolState, SlotHolder, SlotStore } from "../../shared/ports/slot-store.ts";

export interface MemorySlotStore extends SlotStore {
	readonly pools: ReadonlyMap<string, PoolState>;
	/** Calls so far, by method. */
	readonly calls: Readonly<Record<keyof SlotStore, number>>;
}

const isSame = (one: SlotHolder | undefined, other: SlotHolder): boolean =>
	one?.token === other.token && one.until === other.until && one.kept === other.kept;

const byAge = (one: SlotHolder, other: SlotHolder): number =>
	one.since - other.since || (one.token < other.token ? -1 : 1);

export function createMemorySlotStore(): MemorySlotStore {
	const pools = new Map<string, PoolState>();
	const calls = { take: 0, extend: 0, release: 0, note: 0, look: 0, lineUp: 0 };
	const stateOf = (pool: string): PoolState => pools.get(pool) ?? { holders: [] };
	const put = (pool: string, state: PoolState): PoolState => {
		pools.set(pool, JSON.parse(JSON.stringify(state)) as PoolState);
		return stateOf(pool);
	};
	return {
		pools,
		calls,
		async take(pool, { holders, over, max }) {
			calls.take++;
			const state = stateOf(pool);
			const find = (token: string): SlotHolder | undefined => state.holders.find((held) => held.token === token);
			if (holders.every(({ token }) => find(token) !== undefined)) return { taken: true, state };
			const fits =
				state.holders.length - over.length + holders.length <= max &&
				over.every((held) => isSame(find(held.token), held));
			if (!fits) return { taken: false, state };
			const left = state.holders.filter(({ token }) => !over.some((held) => held.token === token));
			return { taken: true, state: put(pool, { ...state, holders: [...left, ...holders].sort(byAge) }) };
		},
		async extend(pool, holders) {
			calls.extend++;
			const state = stateOf(pool);
			const there = holders.filter(({ token }) => state.holders.some((held) => held.token === token));
			const changed = state.holders.map((held) => there.find(({ token }) => token === held.token) ?? held);
			if (there.length > 0) put(pool, { ...state, holders: changed });
			return new Set(there.map(({ token }) => token));
		},
		async release(pool, tokens, holdMs) {
			calls.release++;
			const state = stateOf(pool);
			const left = state.holders.filter(({ token }) => !tokens.includes(token));
			if (left.length === state.holders.length) return;
			put(pool, { ...state, holders: left, ...(holdMs === undefined ? {} : { holdMs }) });
		},
		async note(pool, holdMs) {
			calls.note++;
			put(pool, { ...stateOf(pool), holdMs });
		},
		async look(pool) {
			calls.look++;
			return stateOf(pool);
		},
		async lineUp(pool, { from, lengthMs }) {
			calls.lineUp++;
			const state = stateOf(pool);
			const start: EpochMs = epochMs(Math.max(state.lineEnd ?? from, from));
			const lineEnd = plusMs(start, lengthMs);
			put(pool, { ...state, lineEnd });
			return lineEnd;
		},
	};
}
