/**
 * Where the runs of one batch get their tickets. What the batch asks of one limiter in the same tick is one atomic update, which needs no
 * second try however many workers ask at once. Rare second requests: a limiter that was idle, or whose pace changes, is planned anew.
 */
import { effectiveRate } from "../../job/rate-limit.ts";
import { MillraceError } from "../../kernel/errors.ts";
import { MAPPING_BATCH_MAX } from "../../kernel/limits.ts";
import { type EpochMs, plusMs } from "../../kernel/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LimiterState, LimitStore } from "../../ports/limit-store.ts";
import { type Batcher, createBatcher } from "../batcher.ts";
import type { Limiter } from "./limiter-of.ts";
import { CHANGE_GRACE_MS, paceChangeFor, paceOf, planFor, stillGood, type Ticket, ticketOf } from "./timetable.ts";

/** A worker whose clock is further behind than this learns it before it gets a ticket. */
const CLOCK_SLACK_MS = 200;
/** What was read so long ago is read again. */
const FRESH_MS = 1_000;
/** Each round that brings nothing means that others moved the timetable on meanwhile. */
const ROUNDS_MAX = 32;
/** A limiter of one key is forgotten when nobody has used it for 30 days; one of a job never. */
const KEY_IDLE_SECONDS_MAX = 30 * 86_400;

/** A ticket, and when its limiter was last asked about it. */
export interface HeldTicket extends Ticket {
	readonly checkedAt: EpochMs;
}

export interface LimitDesk {
	/** The time that this worker goes by: its own clock's, or what a limiter has seen if that is later (a slow clock refills no bucket). */
	now(): EpochMs;
	/** The next ticket of the limiter; its slot may be now or far ahead. @throws MillraceError `store-failed` */
	take(limiter: Limiter): Promise<HeldTicket>;
	/** A ticket that came with a message, as far as it is still good. @throws MillraceError `store-failed` */
	check(limiter: Limiter, ticket: Pick<Ticket, "epoch" | "slot">): Promise<HeldTicket | undefined>;
}

/** Whether a run may start at this moment. Never on a ticket whose limiter was asked too long ago: its pace may have changed. */
export const isGoodNow = ({ slot, until, checkedAt }: HeldTicket, now: EpochMs): boolean =>
	slot <= now && now <= until && now - checkedAt <= CHANGE_GRACE_MS;

interface Look {
	readonly at: EpochMs;
	readonly state: Promise<LimiterState>;
}

export function createLimitDesk(store: LimitStore, clock: Clock): LimitDesk {
	let behindMs = 0;
	const lines = new Map<string, Batcher<Limiter, HeldTicket>>();
	const looks = new Map<string, Look>();

	const now = (): EpochMs => plusMs(clock.now(), behindMs);
	function learn(state: LimiterState): LimiterState {
		behindMs = Math.max(behindMs, state.seenAt - clock.now());
		return state;
	}

	/** What was asked no earlier than `since` is not asked again. */
	function lookOnce(name: string, since: EpochMs, ask: () => Promise<LimiterState>): Look {
		const known = looks.get(name);
		if (known !== undefined && known.at >= since) return known;
		const made = { at: clock.now(), state: ask() };
		looks.set(name, made);
		return made;
	}
	const aMomentAgo = (): EpochMs => plusMs(clock.now(), 1 - FRESH_MS);
	const look = (id: string, since: EpochMs): Look => lookOnce(id, since, async () => learn(await store.look(id)));
	/** As it is once the pace that is wanted has been set. */
	const lookAndPace = (limiter: Limiter, since: EpochMs): Look =>
		lookOnce(`${limiter.id} paced`, since, async () => {
			const state = await look(limiter.id, since).state;
			const change = paceChangeFor(state, { first: state.taken, ...(await wantedBy(limiter, state)), now: now() });
			return change === undefined ? state : store.plan(limiter.id, change);
		});

	/** The pace that this worker's definition, under an operator's override, asks for. */
	async function wantedBy({ declared, family }: Limiter, { override }: LimiterState) {
		const ofFamily =
			override === undefined && family !== undefined ? (await look(family, aMomentAgo()).state).override : undefined;
		return { declared: paceOf(declared), wanted: paceOf(effectiveRate(declared, override ?? ofFamily)) };
	}

	async function takeOnce(limiter: Limiter, count: number): Promise<readonly HeldTicket[]> {
		const takenAt = now();
		const idle = limiter.family === undefined ? {} : { idleSecondsMax: KEY_IDLE_SECONDS_MAX };
		const seenAtMax = plusMs(takenAt, CLOCK_SLACK_MS);
		const { taken, state } = await store.take(limiter.id, { count, now: takenAt, seenAtMax, ...idle });
		learn(state);
		if (!taken) return [];
		const first = state.taken - count;
		const change = planFor(state, { first, ...(await wantedBy(limiter, state)), now: now() });
		const { timetable } = change === undefined ? state : await store.plan(limiter.id, change);
		if (timetable === undefined) return [];
		return Array.from({ length: count }, (_, index) => ticketOf(timetable, first + index, now()))
			.filter((ticket) => ticket !== undefined)
			.map((ticket) => ({ ...ticket, checkedAt: takenAt }));
	}

	async function takeMany(limiter: Limiter, count: number): Promise<readonly HeldTicket[]> {
		const tickets: HeldTicket[] = [];
		for (let round = 0; round < ROUNDS_MAX; round++) {
			tickets.push(...(await takeOnce(limiter, count - tickets.length)));
			if (tickets.length === count) return tickets;
		}
		throw new MillraceError(
			"store-failed",
			`The limiter ${limiter.id} changed ${ROUNDS_MAX} times while tickets were taken from it; the message is kept and tried again.`,
		);
	}

	function lineTo(limiter: Limiter): Batcher<Limiter, HeldTicket> {
		const known = lines.get(limiter.id);
		if (known !== undefined) return known;
		const made = createBatcher<Limiter, HeldTicket>({
			send: (all) => takeMany(limiter, all.length),
			itemsMax: MAPPING_BATCH_MAX,
			linger: async () => {},
		});
		lines.set(limiter.id, made);
		return made;
	}

	return {
		now,
		take: (limiter) => lineTo(limiter).add(limiter),
		async check(limiter, ticket) {
			const asked = clock.now();
			const worthBy = async ({ at, state }: Look): Promise<HeldTicket | undefined> => {
				const good = stillGood(ticket, await state, now());
				return good === undefined ? undefined : { ...good, checkedAt: plusMs(at, behindMs) };
			};
			const known = lookAndPace(limiter, aMomentAgo());
			const good = await worthBy(known);
			// It may have been handed out after an earlier look.
			return good !== undefined || known.at >= asked ? good : worthBy(lookAndPace(limiter, asked));
		},
	};
}
