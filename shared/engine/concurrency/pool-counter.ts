/**
 * The slots of one pool for the runs of one batch (INV-09). They are taken in one update, handed from run to run within the batch without
 * asking the store, and given back when nobody of the batch needs them. Whoever gets none waits a moment here where its turn is near, and
 * else is told when to come back.
 */
import { LEASE_MARGIN_MS } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { SlotHolder } from "../../ports/slot-store.ts";
import { createBatcher } from "../batcher.ts";
import type { Entrant, Entry, Hold, Leaving } from "./entry.ts";
import { createHeldSlots, type HeldSlotsParts } from "./held-slots.ts";
import { pollMs, returnAt, spacingMs, TURN_MS } from "./line.ts";
import { createPoolView, performingIn } from "./pool-view.ts";
import type { Pool } from "./pools-of.ts";
import { answerTo, busyRun, patienceUntil, type Waiting } from "./turn-away.ts";

export interface CounterParts extends HeldSlotsParts {
	readonly token: () => string;
	/** Until then a run may wait here for a neighbour's slot: later there would be too little time left for its own work. */
	readonly waitHereUntil: EpochMs;
	/** Slots were taken: so many of the pool's are performed in now, by all workers together. */
	readonly taken?: (pool: Pool, performing: number) => void;
}

export interface PoolCounter {
	/** @throws MillraceError `store-failed` */
	enter(entrant: Entrant): Promise<Entry>;
	/** The run that stands in the way, without waiting and without taking anything. @throws MillraceError `store-failed` */
	busyWith(entrant: Entrant): Promise<string | undefined>;
	/** Another run that has performed here and ended since then. */
	endedSince(since: EpochMs, entrant: Entrant): string | undefined;
	/** Extends what is held. Never rejects. */
	beat(): Promise<void>;
}

interface Waiter extends Waiting {
	readonly resolve: (entry: Entry) => void;
	readonly reject: (error: unknown) => void;
}

/** Each further round of a take means that others took or left a slot meanwhile. */
const ROUNDS_MAX = 4;
/** The batch holds some slots: others' may get free too, but there is no hurry. */
const LOOK_AROUND_MS = 5_000;
/** Neighbours that end within this time give their slots back together. */
const RELEASE_LINGER_MS = 3;
/** A further leg's message is delivered within this time, unless the class is paused or its queue is long. */
const KEPT_FOR_NEXT_LEG_SECONDS = 120;
/** A pool that nobody has used for so long is forgotten. */
const POOL_KEPT_SECONDS = 30 * 86_400;

export function createPoolCounter(pool: Pool, parts: CounterParts): PoolCounter {
	const { store, clock } = parts;
	let waiting: Waiter[] = [];
	const view = createPoolView(pool, parts);
	let latest: { readonly run: string; readonly endedAt: EpochMs } | undefined;
	let serving = false;
	let wake = new AbortController();
	// With a reason: without one each call makes an exception, and takes its stack.
	const wakeUp = (): void => wake.abort("awake");
	const holding = createHeldSlots(pool, parts, wakeUp);
	const held = holding.slots;

	const releases = createBatcher<string, void>({
		send: async (tokens) => {
			await store.release(pool.id, tokens, view.state().holdMs);
			return tokens.map(() => undefined);
		},
		itemsMax: pool.max,
		linger: () => clock.sleep(RELEASE_LINGER_MS),
	});

	const holderOf = ({ run }: Entrant): SlotHolder => ({
		token: parts.token(),
		run,
		since: clock.now(),
		until: holding.untilNow(),
	});

	async function takeOver(
		holders: readonly SlotHolder[],
		over: readonly SlotHolder[],
	): Promise<readonly SlotHolder[] | undefined> {
		const expiresAt = plusSeconds(clock.now(), POOL_KEPT_SECONDS);
		try {
			const result = await store.take(pool.id, { holders, lane: pool.lane, over, max: pool.max, expiresAt });
			view.learn(result.state);
			if (!result.taken) return undefined;
			for (const holder of holders) held.set(holder.token, { holder, takenAt: clock.now(), lost: undefined });
			parts.taken?.(pool, performingIn(result.state, clock.now()));
			return holders;
		} catch (error) {
			// The update may have landed: nobody shall have to wait for the end of slots that nobody uses.
			const tokens = holders.map(({ token }) => token);
			void store.release(pool.id, tokens, undefined).catch(parts.failed);
			throw error;
		}
	}

	/** As many slots as those who wait want and can get. */
	async function take(): Promise<readonly SlotHolder[]> {
		let over: readonly SlotHolder[] = [];
		let free = pool.max - held.size;
		/** As far as the state shows it. */
		const makeRoom = (): void => {
			const now = clock.now();
			const ended = view.state().holders.filter(({ until, offeredTo }) => until <= now || offeredTo === pool.lane);
			const there = view.state().holders.length;
			free = Math.min(free, pool.max - there + ended.length);
			// Also those that are too many since a deploy lowered the number: nobody else would ever take them away.
			over = free > 0 ? ended.slice(0, Math.max(free, there + free - pool.max)) : [];
		};
		if (pool.shared && view.state().holders.length >= pool.max) {
			await view.refresh();
			makeRoom();
		}
		for (let round = 0; round < ROUNDS_MAX && free > 0; round++) {
			const taken = await takeOver(waiting.slice(0, free).map(holderOf), over);
			if (taken !== undefined) return taken;
			makeRoom();
		}
		return [];
	}

	/** One loop while anybody waits; the store is asked once for all who came in the same tick. */
	async function serve(): Promise<void> {
		if (serving) return wakeUp();
		serving = true;
		try {
			await Promise.resolve();
			while (waiting.length > 0) {
				wake = new AbortController();
				for (const { token } of held.size < pool.max ? await take() : []) void handOn(token);
				await sendAway();
				if (waiting.length === 0) break;
				// So that other lanes leave a slot to this one, and don't hand them all on.
				if (pool.shared && held.size < pool.max) await view.call().catch(parts.failed);
				const now = clock.now();
				const pauseMs = Math.min(
					held.size === 0 ? pollMs(view.state(), pool, now) : LOOK_AROUND_MS,
					...waiting.map((waiter) => patienceOf(waiter, now) - now),
				);
				await clock.sleep(Math.max(pauseMs, 1), wake.signal);
			}
		} catch (error) {
			const failed = waiting;
			waiting = [];
			for (const { reject } of failed) reject(error);
		}
		serving = false;
	}

	const patienceOf = (waiter: Waiter, now: EpochMs): EpochMs =>
		patienceUntil(waiter, pool, view.state(), { now, holdsSome: held.size > 0, waitUntil: parts.waitHereUntil });

	/** Those whose patience is at an end are told when to come back. */
	async function sendAway(): Promise<void> {
		const now = clock.now();
		const leaving = waiting.filter((waiter) => patienceOf(waiter, now) <= now);
		if (leaving.length === 0) return;
		waiting = waiting.filter((waiter) => !leaving.includes(waiter));
		const lining: Waiter[] = [];
		for (const waiter of leaving) {
			const answer = answerTo(waiter, pool, view.state(), now);
			if (answer === undefined) lining.push(waiter);
			else waiter.resolve(answer);
		}
		if (lining.length === 0) return;
		try {
			const each = spacingMs(view.state(), pool.max, now);
			const end = await store.lineUp(pool.id, { lane: pool.lane, from: now, lengthMs: each * lining.length });
			lining.forEach((waiter, index) => {
				const place = plusMs(end, -each * (lining.length - 1 - index));
				waiter.resolve({ entered: false, comeBackAt: returnAt(place, waiter.line?.times ?? 0, now) });
			});
		} catch (error) {
			for (const { reject } of lining) reject(error);
		}
	}

	/** The run has ended: its slot goes to whichever other lane has waited longest, else to a neighbour. */
	async function passOn(token: string): Promise<void> {
		const isTurnOver = waiting.length === 0 || clock.now() - (held.get(token)?.takenAt ?? 0) >= TURN_MS;
		const lane = pool.shared && isTurnOver ? await view.callingLane().catch(noLane) : undefined;
		const own = held.get(token);
		if (lane === undefined || own === undefined || !holding.isGood(token)) return handOn(token);
		held.delete(token);
		// A beat that is under way must not land on top of the offer.
		await holding.noBeat();
		try {
			// The lane looks for a slot once at least in this time.
			const until = plusMs(clock.now(), 2 * pollMs(view.state(), pool, clock.now()));
			const { kept: _, ...holder } = own.holder;
			const answer = await store.offer(pool.id, { ...holder, until, offeredTo: lane });
			if (answer === "not-called") {
				held.set(token, own);
				return handOn(token);
			}
		} catch (error) {
			parts.failed(error as Error);
			// It may have been left, and taken: nobody here gets it any more.
			return releases.add(token).catch(parts.failed);
		}
		// Its neighbours stay: the next turn of their lane is near.
		waiting = waiting.map((waiter) => ({ ...waiter, since: clock.now() }));
		wakeUp();
	}

	function noLane(error: Error): undefined {
		parts.failed(error);
	}

	/** To the next of the batch who waits; else back to the store. */
	function handOn(token: string): Promise<void> {
		const own = held.get(token);
		if (own === undefined) return Promise.resolve();
		const now = clock.now();
		const next = now < parts.waitHereUntil && holding.isGood(token) ? waiting.shift() : undefined;
		if (next !== undefined) {
			own.lost = undefined;
			// Else the place between its legs would be kept in the name of the run before.
			own.holder = { ...own.holder, run: next.run };
			view.tellAverage();
			next.resolve({ entered: true, hold: holdOf(token) });
			if (waiting.length === 0) wakeUp();
			return Promise.resolve();
		}
		held.delete(token);
		wakeUp();
		return releases.add(token).catch(parts.failed);
	}

	/** What the leg before had kept for a next one, which this is not: as it was, and no longer. */
	async function putBack(token: string, until: EpochMs): Promise<void> {
		await holding.noBeat();
		const own = held.get(token);
		if (own === undefined) return;
		const kept = { ...own.holder, token: parts.token(), until, kept: true } as const;
		const expiresAt = plusSeconds(clock.now(), POOL_KEPT_SECONDS);
		const over = { holders: [kept], lane: pool.lane, over: [own.holder], max: pool.max, expiresAt };
		const answer = await store.take(pool.id, over).catch(parts.failed);
		// Kept for too long is better than not at all.
		if (answer?.taken !== true) return holding.leaveBehind(token, { until, kept: true });
		held.delete(token);
		wakeUp();
	}

	function holdOf(token: string, keptUntil?: EpochMs): Hold {
		const grantedAt = clock.now();
		let left: Promise<void> | undefined;
		function leaveOnce(how: Leaving): Promise<void> {
			if (how === "still-running")
				return holding.leaveBehind(token, { until: plusMs(parts.invocationEndsAt, LEASE_MARGIN_MS) });
			if (how === "not-claimed" && keptUntil !== undefined && keptUntil > clock.now()) return putBack(token, keptUntil);
			if (how === "unused" || how === "not-claimed") return handOn(token);
			const now = clock.now();
			latest = { run: held.get(token)?.holder.run ?? "", endedAt: now };
			view.measured(now - grantedAt);
			if (how === "next-leg" && pool.keptBetweenLegs)
				return holding.leaveBehind(token, { until: plusSeconds(now, KEPT_FOR_NEXT_LEG_SECONDS), kept: true });
			return passOn(token);
		}
		return {
			async confirm() {
				if (!holding.isGood(token)) await holding.beat();
				return holding.isGood(token);
			},
			listen(lost) {
				const own = held.get(token);
				if (own !== undefined) own.lost = lost;
			},
			leave(how) {
				left ??= leaveOnce(how);
				return left;
			},
		};
	}

	/** The slot that the leg before has left for this one. */
	async function resume(entrant: Entrant): Promise<Entry | undefined> {
		view.learn(await store.look(pool.id));
		const kept = view.state().holders.filter((holder) => holder.kept === true && holder.run === entrant.run);
		if (kept.length === 0) return undefined;
		const taken = await takeOver([holderOf(entrant)], kept);
		const [holder] = taken ?? [];
		const keptUntil = epochMs(Math.max(...kept.map(({ until }) => until)));
		return holder === undefined ? undefined : { entered: true, hold: holdOf(holder.token, keptUntil) };
	}

	return {
		beat: holding.beat,
		async busyWith(entrant) {
			await view.refresh();
			return busyRun(entrant, pool, view.state(), clock.now());
		},
		endedSince: (since, { run }) =>
			latest !== undefined && latest.endedAt >= since && latest.run !== run ? latest.run : undefined,
		async enter(entrant) {
			const resumed = entrant.leg > 1 && pool.keptBetweenLegs ? await resume(entrant) : undefined;
			if (resumed !== undefined) return resumed;
			return new Promise<Entry>((resolve, reject) => {
				waiting.push({ ...entrant, since: clock.now(), resolve, reject });
				void serve();
			});
		},
	};
}
