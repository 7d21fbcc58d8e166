/**
 * The slots of one pool that a batch holds at the moment (INV-09): extended with the heartbeat, as leases are, and each good for as long as nobody
 * else may take it. Left to others: who gets one, and who gets it next (pool-counter.ts).
 */
import { BEAT_INTERVAL_MS, LEASE_MARGIN_MS } from "../../kernel/limits.ts";
import { type EpochMs, epochMs } from "../../kernel/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SlotHolder, SlotStore } from "../../ports/slot-store.ts";
import { leaseFrom } from "../heartbeat.ts";
import type { Pool } from "./pools-of.ts";

export interface HeldSlotsParts {
	readonly store: SlotStore;
	readonly clock: Clock;
	readonly invocationEndsAt: EpochMs;
	/** Something that repairs itself went wrong. */
	readonly failed: (error: Error) => void;
}

interface Held {
	holder: SlotHolder;
	readonly takenAt: EpochMs;
	/** Is called when the slot is lost while its run performs. */
	lost: (() => void) | undefined;
}

export interface HeldSlots {
	/** By token. */
	readonly slots: Map<string, Held>;
	/** Another worker, whose clock may be ahead, takes the slot for its own a margin later at the soonest. */
	isGood(token: string): boolean;
	/** The end of a slot that is taken now. */
	untilNow(): EpochMs;
	/** Extends all. Never rejects. */
	beat(): Promise<void>;
	/** Resolves when no beat is under way: it must not land on top of what is written next. */
	noBeat(): Promise<void>;
	/** Leaves the entry where it is, until then. Never rejects. */
	leaveBehind(token: string, change: Pick<SlotHolder, "until" | "kept">): Promise<void>;
}

/** @param gone is called when one was lost or left behind. */
export function createHeldSlots(
	pool: Pick<Pool, "id" | "blocking">,
	parts: HeldSlotsParts,
	gone: () => void,
): HeldSlots {
	const { store, clock } = parts;
	const held = new Map<string, Held>();
	/** Beats under way: one that takes long is overtaken by the next. */
	const beating = new Set<Promise<void>>();

	const untilNow = (): EpochMs => leaseFrom(clock.now(), parts.invocationEndsAt, pool);

	function isGood(token: string): boolean {
		const own = held.get(token);
		return own !== undefined && clock.now() < own.holder.until - LEASE_MARGIN_MS;
	}

	/** Whoever performs in it is told to stop. Nobody here gets it any more; its entry, if it is there, ends by itself. */
	function lose(token: string): void {
		const own = held.get(token);
		if (own === undefined) return;
		held.delete(token);
		gone();
		own.lost?.();
	}

	/** There is no further beat before that: what this one can't extend in time is as good as somebody else's. */
	function loseWhatLapses(answered: AbortSignal): void {
		for (const [token, { holder }] of held) {
			const leftMs = holder.until - LEASE_MARGIN_MS - clock.now();
			if (leftMs >= BEAT_INTERVAL_MS) continue;
			void clock.sleep(Math.max(0, leftMs), answered).then(() => {
				if (!answered.aborted && !isGood(token)) lose(token);
			});
		}
	}

	async function extendAll(): Promise<void> {
		const extended = [...held.values()].map(({ holder }) => ({ ...holder, until: untilNow() }));
		if (extended.length === 0) return;
		const answered = new AbortController();
		loseWhatLapses(answered.signal);
		try {
			const there = await store.extend(pool.id, extended);
			answered.abort("answered");
			for (const holder of extended) {
				const own = held.get(holder.token);
				if (!there.has(holder.token)) lose(holder.token);
				// Only the time: the slot may have been handed on meanwhile. A beat after this one may have been answered before.
				else if (own !== undefined)
					own.holder = { ...own.holder, until: epochMs(Math.max(own.holder.until, holder.until)) };
			}
		} catch (error) {
			parts.failed(error as Error);
		}
	}

	const noBeat = async (): Promise<void> => {
		await Promise.all(beating);
	};

	return {
		slots: held,
		isGood,
		untilNow,
		beat() {
			const beat = extendAll().finally(() => beating.delete(beat));
			beating.add(beat);
			return beat;
		},
		noBeat,
		async leaveBehind(token, change) {
			const own = held.get(token);
			held.delete(token);
			gone();
			if (own === undefined) return noBeat();
			const leave = async (): Promise<void> => {
				const until = epochMs(Math.max(own.holder.until, change.until));
				await store.extend(pool.id, [{ ...own.holder, ...change, until }]).catch(parts.failed);
			};
			// A beat that is long under way may land after the slot has ended, or on top of what is written before it.
			if (beating.size > 0) await Promise.all([leave(), noBeat()]);
			await leave();
		},
	};
}
