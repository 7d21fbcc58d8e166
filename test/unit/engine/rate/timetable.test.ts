import { describe, expect, it } from "vitest";
import { paceChangeFor, paceOf, planFor, stillGood, ticketOf } from "../../../../shared/engine/rate/timetable.ts";
import { rateLimit, tokenBucket } from "../../../../shared/job/index.ts";
import { epochMs } from "../../../../shared/kernel/time.ts";
import type { LimiterState, Timetable } from "../../../../shared/ports/limit-store.ts";

const now = epochMs(1_000_000);
const at = (ms: number) => epochMs(1_000_000 + ms);
/** 10 a second, burst 5: a slot every 100 ms, good for 400 ms. */
const pace = paceOf(rateLimit("10/s", { burst: 5 }));
const timetable = (more: Partial<Timetable> = {}): Timetable => ({
	revision: 3,
	epoch: 2,
	from: 50,
	base: now,
	pace,
	declared: pace,
	setAt: at(-100_000),
	beginsAt: at(-95_000),
	...more,
});
const state = (more: Partial<Timetable> = {}, taken = 60): LimiterState => ({
	taken,
	seenAt: now,
	timetable: timetable(more),
});
const wish = { first: 55, declared: pace, wanted: pace, now };

describe("pace", () => {
	it("is an interval and a window of burst − 1 intervals", () => {
		expect(pace).toEqual({ intervalMs: 100, windowMs: 400 });
		expect(paceOf(tokenBucket({ ratePerSecond: 25, bucket: 100 }))).toEqual({ intervalMs: 40, windowMs: 3960 });
		expect(paceOf(rateLimit("100/m", { burst: 1.5 }))).toEqual({ intervalMs: 600, windowMs: 300 });
	});
});

describe("the first ticket of a limiter", () => {
	it("makes a timetable whose first slots are so far back that a whole burst may start", () => {
		const change = planFor({ taken: 3, seenAt: now }, { ...wish, first: 0 });
		// 100 ms are left to claim in: the oldest slot is good until then.
		expect(change).toEqual({
			revision: 0,
			timetable: timetable({ revision: 1, epoch: 1_000_000, from: 0, base: at(-300), setAt: now, beginsAt: now }),
		});
	});
});

describe("a ticket", () => {
	it("has a slot an interval after the one before, and is good for the window", () => {
		expect(ticketOf(timetable(), 50, now)).toEqual({ epoch: 2, slot: at(0), until: at(400) });
		expect(ticketOf(timetable(), 57, now)).toEqual({ epoch: 2, slot: at(700), until: at(1100) });
	});
	it("is none when its window is over, or when the timetable begins after it", () => {
		expect(ticketOf(timetable({ base: at(-400) }), 50, now)).toBeDefined();
		expect(ticketOf(timetable({ base: at(-401) }), 50, now)).toBeUndefined();
		expect(ticketOf(timetable(), 49, now)).toBeUndefined();
	});
});

describe("a timetable that lags behind", () => {
	it("stays as long as the first ticket at hand leaves time to claim", () => {
		// Ticket 55 has its slot at −300: good until +100.
		expect(planFor(state({ base: at(-800) }), wish)).toBeUndefined();
	});
	it("moves on so that the ticket at hand can just be used, if nobody was given a later slot than it then has", () => {
		// Ticket 55 has its slot at −301, moves to −300. Ticket 60 would be the next one to be taken.
		expect(planFor(state({ base: at(-801) }), wish)).toEqual({
			revision: 3,
			takenMax: 60,
			timetable: timetable({ revision: 4, from: 55, base: at(-300) }),
		});
	});
	it("after a long quiet, whatever was taken meanwhile is overtaken as long as its slots are over", () => {
		// Ticket 55 lies 10 s back: 97 intervals and a bit before −300.
		const change = planFor(state({ base: at(-10_500) }), wish);
		expect(change).toMatchObject({ takenMax: 152, timetable: { from: 55, base: at(-300) } });
	});
});

describe("another pace", () => {
	const half = paceOf(rateLimit("5/s", { burst: 3 }));
	it("begins 5 s after it is set, when nobody acts on the old one any more", () => {
		expect(paceChangeFor(state(), { ...wish, wanted: half })).toEqual({
			revision: 3,
			timetable: {
				revision: 4,
				epoch: 3,
				from: 55,
				base: at(5_200),
				pace: half,
				declared: pace,
				setAt: now,
				beginsAt: at(5_000),
			},
		});
	});
	it("begins 5 s after one that has not begun yet", () => {
		const change = paceChangeFor(state({ beginsAt: at(4_000) }), { ...wish, wanted: half });
		expect(change?.timetable.beginsAt).toBe(at(9_000));
	});
	it("of another version's definition waits until a deploy is over", () => {
		const other = { ...wish, declared: half, wanted: half };
		expect(paceChangeFor(state({ setAt: at(-59_999) }), other)).toBeUndefined();
		expect(paceChangeFor(state({ setAt: at(-60_000) }), other)?.timetable.declared).toEqual(half);
	});
	it("is no change when it is in force", () => {
		expect(paceChangeFor(state(), wish)).toBeUndefined();
	});
});

describe("a ticket given earlier", () => {
	const ticket = { epoch: 2, slot: at(300), until: at(700) };
	it("is good while its timetable is in force", () => {
		expect(stillGood(ticket, state(), now)).toEqual(ticket);
		expect(stillGood(ticket, state({ revision: 9 }), at(700))).toEqual(ticket);
	});
	it("is over after its window, which is the timetable's to say", () => {
		expect(stillGood(ticket, state(), at(701))).toBeUndefined();
		expect(stillGood({ ...ticket, until: at(9_000_000) } as typeof ticket, state(), at(701))).toBeUndefined();
	});
	it("is worth nothing unless its number was handed out", () => {
		// Slot 300 is number 53: the fourth of this timetable.
		expect(stillGood(ticket, state({}, 54), now)).toEqual(ticket);
		expect(stillGood(ticket, state({}, 53), now)).toBeUndefined();
		expect(stillGood(ticket, state({ from: 54, base: at(400) }), now)).toBeUndefined();
	});
	it("is worth nothing with a slot that is none of the timetable's", () => {
		expect(stillGood({ epoch: 2, slot: at(301) }, state(), now)).toBeUndefined();
		expect(stillGood({ epoch: 2, slot: epochMs(Number.MAX_VALUE) }, state(), now)).toBeUndefined();
	});
	it("is worth nothing under another pace, or to a limiter that has begun anew", () => {
		expect(stillGood(ticket, state({ epoch: 3, beginsAt: at(500) }), now)).toBeUndefined();
		expect(stillGood(ticket, state({ epoch: 1 }), now)).toBeUndefined();
		expect(stillGood(ticket, { taken: 60 }, now)).toBeUndefined();
	});
});
