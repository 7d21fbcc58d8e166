/**
 * The arithmetic of a rate limit (INV-08), pure. A limiter hands out numbered tickets; each has a slot, one every interval, and may be used
 * from its slot until a window later. A window of (burst − 1) intervals gives exactly "never more than burst + rate × time starts in any
 * stretch of time": whatever starts in it has a slot in that time or the window before it, and slots are an interval apart.
 *
 * A timetable that lags behind (nobody wanted tickets) is moved on, so that what was not used comes back as one burst and no more. A new
 * pace begins a little later than it is set, when nobody acts on the old one any more.
 */
import type { Rate } from "../../job/rate-limit.ts";
import { type EpochMs, epochMs, plusMs } from "../../kernel/time.ts";
import type { LimiterState, Pace, Timetable } from "../../ports/limit-store.ts";

/** From handing out a ticket to the start: a claim takes some 10 ms. A slot that is over sooner is no use to anybody. */
export const START_ALLOWANCE_MS = 100;
/** A new pace begins this long after it is set. A worker never acts on what it read longer ago than this. */
export const CHANGE_GRACE_MS = 5_000;
/** While a deploy goes on, workers of two versions declare two paces: they don't take turns in setting them. */
export const DECLARED_KEPT_MS = 60_000;

export interface Ticket {
	readonly epoch: number;
	/** May be used from here … */
	readonly slot: EpochMs;
	/** … to here. */
	readonly until: EpochMs;
}

export function paceOf({ count, periodSeconds, burst }: Rate): Pace {
	const intervalMs = (periodSeconds * 1000) / count;
	return { intervalMs, windowMs: (burst - 1) * intervalMs };
}

export interface Wish {
	/** The number of the first ticket at hand. */
	readonly first: number;
	readonly declared: Pace;
	/** The declared pace, or an operator's. */
	readonly wanted: Pace;
	readonly now: EpochMs;
}

export interface PlanChange {
	readonly revision: number;
	readonly takenMax?: number;
	readonly timetable: Timetable;
}

/** What must change before the tickets at hand can be used; `undefined` for nothing. */
export function planFor(state: LimiterState, wish: Wish): PlanChange | undefined {
	const { taken, timetable } = state;
	const { first: from, declared, wanted, now } = wish;
	if (timetable === undefined) {
		const base = soonestSlot(wanted, now);
		// A limiter that was deleted begins anew: tickets of the former one shall not be good in it.
		const epoch = Math.floor(now);
		const first: Timetable = { revision: 1, epoch, from, base, pace: wanted, declared, setAt: now, beginsAt: now };
		return { revision: 0, timetable: first };
	}
	const paced = paceChangeFor(state, wish);
	if (paced !== undefined) return paced;
	const { revision, pace } = timetable;
	const slot = slotOf(timetable, from);
	const base = soonestSlot(pace, now);
	if (slot === undefined || slot >= base) return undefined;
	// Slots of tickets that others were given meanwhile must end before the new ones begin; our own move with the timetable.
	const takenMax = Math.max(taken, from + Math.floor((base - slot) / pace.intervalMs));
	return { revision, takenMax, timetable: { ...timetable, revision: revision + 1, from, base } };
}

/** The change that brings the wanted pace, when another one is in force. */
export function paceChangeFor({ timetable }: LimiterState, wish: Wish): PlanChange | undefined {
	const { first: from, declared, wanted, now } = wish;
	if (timetable === undefined || isSame(wanted, timetable.pace)) return undefined;
	if (!isSame(declared, timetable.declared) && now - timetable.setAt < DECLARED_KEPT_MS) return undefined;
	const revision = timetable.revision + 1;
	const epoch = timetable.epoch + 1;
	const beginsAt = plusMs(epochMs(Math.max(now, timetable.beginsAt)), CHANGE_GRACE_MS);
	const base = plusMs(beginsAt, wanted.intervalMs);
	return {
		revision: timetable.revision,
		timetable: { revision, epoch, from, base, pace: wanted, declared, setAt: now, beginsAt },
	};
}

/** The ticket of this number, unless it is over or was lost to a change of the timetable. */
export function ticketOf(timetable: Timetable, number: number, now: EpochMs): Ticket | undefined {
	const slot = slotOf(timetable, number);
	if (slot === undefined) return undefined;
	const until = plusMs(slot, timetable.pace.windowMs);
	return until < now ? undefined : { epoch: timetable.epoch, slot, until };
}

/**
 * What a ticket that came with a message is worth now. Anybody who may send to a queue can write one down, so it is good only if the limiter
 * has handed it out: the timetable in force has that very slot, for a number that was taken. How long it is good is the timetable's to say.
 */
export function stillGood(
	{ epoch, slot }: Pick<Ticket, "epoch" | "slot">,
	{ timetable, taken }: Pick<LimiterState, "timetable" | "taken">,
	now: EpochMs,
): Ticket | undefined {
	if (timetable === undefined || epoch !== timetable.epoch) return undefined;
	const { from, base, pace } = timetable;
	const number = from + Math.round((slot - base) / pace.intervalMs);
	const ticket = number < taken ? ticketOf(timetable, number, now) : undefined;
	return ticket?.slot === slot ? ticket : undefined;
}

const slotOf = ({ from, base, pace }: Timetable, number: number): EpochMs | undefined =>
	number < from ? undefined : plusMs(base, (number - from) * pace.intervalMs);

const soonestSlot = ({ windowMs }: Pace, now: EpochMs): EpochMs => plusMs(now, START_ALLOWANCE_MS - windowMs);

const isSame = (one: Pace, other: Pace): boolean =>
	one.intervalMs === other.intervalMs && one.windowMs === other.windowMs;
