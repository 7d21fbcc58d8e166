/** The slot store in memory, with the promises of the port and nothing more. Passes the same contract suite as the real one. */
import { type EpochMs, epochMs, plusMs } from "../../shared/kernel/time.ts";
import type { PoolState, SlotHolder, SlotStore } from "../../shared/ports/slot-store.ts";
import { copyOfJson } from "./copy-of-json.ts";

export interface MemorySlotStore extends SlotStore {
	readonly pools: ReadonlyMap<string, PoolState>;
	/** Calls so far, by method. */
	readonly calls: Readonly<Record<keyof SlotStore, number>>;
}

const isSame = (one: SlotHolder | undefined, other: SlotHolder): boolean =>
	one?.token === other.token &&
	one.until === other.until &&
	one.kept === other.kept &&
	one.offeredTo === other.offeredTo;

const byAge = (one: SlotHolder, other: SlotHolder): number =>
	one.since - other.since || (one.token < other.token ? -1 : 1);

export function createMemorySlotStore(): MemorySlotStore {
	const pools = new Map<string, PoolState>();
	const calls = { take: 0, extend: 0, release: 0, note: 0, look: 0, lineUp: 0, call: 0, offer: 0 };
	const stateOf = (pool: string): PoolState => pools.get(pool) ?? { holders: [], lanes: {} };
	const put = (pool: string, state: PoolState): PoolState => {
		pools.set(pool, copyOfJson(state) as PoolState);
		return stateOf(pool);
	};
	function withoutCall({ lanes, ...state }: PoolState, lane: string): PoolState {
		const { call: _, ...rest } = lanes[lane] ?? {};
		const { [lane]: __, ...others } = lanes;
		return { ...state, lanes: Object.keys(rest).length === 0 ? others : { ...others, [lane]: rest } };
	}
	return {
		pools,
		calls,
		async take(pool, { holders, lane, over, max }) {
			calls.take++;
			const state = stateOf(pool);
			const find = (token: string): SlotHolder | undefined => state.holders.find((held) => held.token === token);
			if (holders.every(({ token }) => find(token) !== undefined)) return { taken: true, state };
			const fits =
				state.holders.length - over.length + holders.length <= max &&
				over.every((held) => isSame(find(held.token), held));
			if (!fits) return { taken: false, state };
			const left = state.holders.filter(({ token }) => !over.some((held) => held.token === token));
			return {
				taken: true,
				state: put(pool, { ...withoutCall(state, lane), holders: [...left, ...holders].sort(byAge) }),
			};
		},
		async extend(pool, holders) {
			calls.extend++;
			const state = stateOf(pool);
			const there = holders.filter(({ token }) => state.holders.some((held) => held.token === token));
			const changed = state.holders.map(
				(held) => there.find(({ token, until }) => token === held.token && until >= held.until) ?? held,
			);
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
		async lineUp(pool, { lane, from, lengthMs }) {
			calls.lineUp++;
			const state = withoutCall(stateOf(pool), lane);
			const start: EpochMs = epochMs(Math.max(state.lanes[lane]?.lineEnd ?? from, from));
			const lineEnd = plusMs(start, lengthMs);
			put(pool, { ...state, lanes: { ...state.lanes, [lane]: { lineEnd } } });
			return lineEnd;
		},
		async call(pool, lane, call) {
			calls.call++;
			const state = stateOf(pool);
			put(pool, { ...state, lanes: { ...state.lanes, [lane]: { ...state.lanes[lane], call } } });
		},
		async offer(pool, holder) {
			calls.offer++;
			const state = stateOf(pool);
			const lane = holder.offeredTo;
			const held = state.holders.find(({ token }) => token === holder.token);
			if (held === undefined) return "gone";
			if (held.offeredTo !== undefined) return "left";
			if (state.lanes[lane]?.call === undefined) return "not-called";
			const holders = state.holders.map((one) => (one === held ? { ...holder, run: "" } : one));
			put(pool, { ...withoutCall(state, lane), holders });
			return "left";
		},
	};
}
