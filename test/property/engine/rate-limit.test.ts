/**
 * INV-08 for any limit: many desks take tickets from one limiter, their calls interleaved as the case says; each ticket is used at the worst
 * moment it allows, or lost. What started is judged by the bare formula, burst + rate × time, in every stretch of time.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createLimitDesk, isGoodNow } from "../../../shared/engine/rate/limit-desk.ts";
import type { Limiter } from "../../../shared/engine/rate/limiter-of.ts";
import type { Ticket } from "../../../shared/engine/rate/timetable.ts";
import { effectiveRate, type Rate, type RateOverride } from "../../../shared/job/rate-limit.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { LimitStore } from "../../../shared/ports/limit-store.ts";
import { createMemoryLimitStore } from "../../support/memory-limit-store.ts";
import { largestExcess } from "../../support/rate-excess.ts";

const START = 1_795_165_200_000;
const rates = fc
	.record({
		count: fc.double({ min: 0.05, max: 200, noNaN: true }),
		periodSeconds: fc.constantFrom(1, 60),
		extra: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 40, noNaN: true })),
	})
	// No definition may say less.
	.map(({ count, periodSeconds, extra }) => ({
		count,
		periodSeconds,
		burst: 1 + (count / periodSeconds) * 0.05 + extra,
	}));
const step = fc.record({
	/** Quiet time before it, in intervals of the limit. */
	waitIntervals: fc.oneof(
		fc.constant(0),
		fc.double({ min: 0, max: 3, noNaN: true }),
		fc.double({ min: 0, max: 200, noNaN: true }),
	),
	/** Tickets that each of several desks asks for at once. */
	asks: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 }),
	/** Where in its window a ticket is used: 0 as soon as it can be, 1 in the last moment. */
	lateness: fc.double({ min: 0, max: 1, noNaN: true }),
	/** How long the answers of this step take, in microtasks and milliseconds. */
	turns: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 }),
	passMs: fc.integer({ min: 0, max: 30 }),
});

interface Step {
	readonly waitIntervals: number;
	readonly asks: readonly number[];
	readonly lateness: number;
	readonly turns: readonly number[];
	readonly passMs: number;
	readonly override?: RateOverride | undefined;
}

/** A worker asks about a ticket up to this long before it uses it. */
const ASKED_BEFORE_MS = 2_500;

/** Desks that were in each other's way for long keep their messages: nobody starts then. */
function keptWhenContended(error: unknown): undefined {
	if (!(error instanceof MillraceError) || error.code !== "store-failed") throw error;
}

/** When the case's runs start. */
async function startsOf(rate: Rate, steps: readonly Step[]): Promise<readonly number[]> {
	let now = START;
	let turn = 0;
	let pending: { readonly ticket: Ticket; readonly at: number }[] = [];
	const memory = createMemoryLimitStore();
	const limiter: Limiter = { id: "limiter", declared: rate };
	const clock: Clock = { now: () => epochMs(now), sleep: async () => {} };
	const startsMs: number[] = [];

	async function passTo(instant: number): Promise<void> {
		const due = pending.filter(({ at }) => at <= instant).sort((one, other) => one.at - other.at);
		pending = pending.filter(({ at }) => at > instant);
		for (const { ticket, at } of due) {
			now = Math.max(now, at - ASKED_BEFORE_MS);
			const held = await createLimitDesk(memory, clock).check(limiter, ticket);
			now = Math.max(now, at);
			if (held !== undefined && isGoodNow(held, epochMs(now))) startsMs.push(now);
		}
		now = Math.max(now, instant);
	}

	for (const { waitIntervals, asks, lateness, turns, passMs, ...more } of steps) {
		await passTo(now + (waitIntervals * rate.periodSeconds * 1000) / rate.count);
		if ("override" in more) await memory.override("limiter", more.override);
		async function delayed<Result>(make: () => Promise<Result>): Promise<Result> {
			const count = turns[turn++ % turns.length] ?? 0;
			for (let index = 0; index < count; index++) await Promise.resolve();
			const answer = await make();
			now += passMs;
			for (let index = 0; index < count; index++) await Promise.resolve();
			return answer;
		}
		const store: LimitStore = {
			...memory,
			take: (id, tickets) => delayed(() => memory.take(id, tickets)),
			plan: (id, change) => delayed(() => memory.plan(id, change)),
			look: (id) => delayed(() => memory.look(id)),
		};
		const tickets = await Promise.all(
			asks.map((count) => {
				const desk = createLimitDesk(store, clock);
				return Promise.all(Array.from({ length: count }, () => desk.take(limiter).catch(keptWhenContended)));
			}),
		);
		for (const ticket of tickets.flat()) {
			if (ticket === undefined) continue;
			const soonest = Math.max(now, ticket.slot);
			pending.push({ ticket, at: soonest + lateness * Math.max(0, ticket.until - soonest) });
		}
	}
	await passTo(Math.max(now, ...pending.map(({ at }) => at)));
	return startsMs;
}

it("never lets more than burst + rate × time start, whatever is asked when, and however late a ticket is used", async () => {
	await fc.assert(
		fc.asyncProperty(rates, fc.array(step, { minLength: 1, maxLength: 12 }), async (rate, steps) => {
			const startsMs = await startsOf(rate, steps);
			const perSecond = rate.count / rate.periodSeconds;
			expect(largestExcess(startsMs, { perSecond, burst: rate.burst })).toBeLessThanOrEqual(1e-3);
		}),
		{ numRuns: 2_000 },
	);
});

it("lets every run of a backlog start, one an interval, wherever the backlog begins", async () => {
	await fc.assert(
		fc.asyncProperty(rates, fc.integer({ min: 1, max: 60 }), async (rate, count) => {
			const one: Step = { waitIntervals: 0, asks: [count], lateness: 0, turns: [1], passMs: 0 };
			const startsMs = await startsOf(rate, [one, { ...one, asks: [count] }]);
			expect(startsMs).toHaveLength(2 * count);
			const seconds = ((startsMs.at(-1) ?? 0) - START) / 1000;
			// All but a burst wait for the rate; 100 ms are left to claim in.
			const least = (2 * count - rate.burst) / (rate.count / rate.periodSeconds);
			expect(seconds).toBeLessThanOrEqual(Math.max(least, 0) + 0.1 + 1e-6);
		}),
		{ numRuns: 300 },
	);
});

it("keeps each pace from the moment it begins, over any changes", async () => {
	const overrides = fc.option(
		fc.oneof(
			fc.record({ kind: fc.constant("factor" as const), factor: fc.double({ min: 0.2, max: 5, noNaN: true }) }),
			rates.map((rate) => ({ kind: "set" as const, ...rate })),
		),
		{ nil: undefined },
	);
	await fc.assert(
		fc.asyncProperty(
			rates,
			fc.array(fc.tuple(step, overrides, fc.boolean()), { minLength: 1, maxLength: 12 }),
			async (rate, cases) => {
				const steps = cases.map(([one, override, changes]): Step => (changes ? { ...one, override } : one));
				const startsMs = await startsOf(rate, steps);
				const all = [rate, ...steps.map((one) => effectiveRate(rate, one.override))];
				const perSecond = Math.max(...all.map((one) => one.count / one.periodSeconds));
				const burst = Math.max(...all.map((one) => one.burst));
				// A stretch over a change may hold what the old pace left and what the new one brings; never more than the highest of them.
				expect(largestExcess(startsMs, { perSecond, burst })).toBeLessThanOrEqual(1e-3);
			},
		),
		{ numRuns: 1_000 },
	);
});
