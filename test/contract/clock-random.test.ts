/** The contracts of clock and random, on the machine's own and on those for tests. */
import { describe, expect, it } from "vitest";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { createSystemRandom } from "../../shared/aws/system-random.ts";
import { RUN_ID_PATTERN } from "../../shared/kernel/ids.ts";
import type { Random } from "../../shared/ports/random.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { describeClock } from "./clock.contract.ts";

describeClock("the machine's", () => ({ clock: createSystemClock(), pass: () => {} }));
describeClock("virtual, advanced", () => {
	const clock = createVirtualClock();
	return { clock, pass: (ms) => void clock.advance(ms) };
});

describe("virtual clock", () => {
	it("wakes sleepers in order of their instants, each before the next", async () => {
		const clock = createVirtualClock();
		const woken: string[] = [];
		const sleeper = async (name: string, ms: number) => {
			await clock.sleep(ms);
			woken.push(`${name} at ${clock.now() - start}`);
			if (name === "first") await sleeper("nested", 5);
		};
		const start = clock.now();
		const all = Promise.all([sleeper("last", 30), sleeper("first", 10), sleeper("beyond", 60)]);
		await clock.advance(50);
		expect(woken).toEqual(["first at 10", "nested at 15", "last at 30"]);
		expect([clock.now() - start, clock.sleepers()]).toEqual([50, 1]);
		await clock.advance(10);
		await all;
	});

	it("moves on by itself when told so", async () => {
		const clock = createVirtualClock({ autoAdvance: true });
		const start = clock.now();
		await Promise.all([clock.sleep(86_400_000), clock.sleep(1_000).then(() => clock.sleep(5_000))]);
		expect(clock.now() - start).toBe(86_400_000);
	});
});

const randoms: readonly (readonly [string, () => Random])[] = [
	["the machine's", createSystemRandom],
	["seeded", () => createSeededRandom(7)],
];
describe.each(randoms)("random: %s", (_name, open) => {
	it("draws evenly from [0, 1)", () => {
		const random = open();
		const drawn = Array.from({ length: 10_000 }, () => random.unit());
		expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
		for (let tenth = 0; tenth < 10; tenth++) {
			const count = drawn.filter((value) => Math.floor(value * 10) === tenth).length;
			// 1,000 expected; the chance of leaving this range is below 1 in 10^10.
			expect(count).toBeGreaterThan(800);
			expect(count).toBeLessThan(1_200);
		}
	});

	it("makes tokens that are run ids and never the same", () => {
		const random = open();
		const tokens = Array.from({ length: 1_000 }, () => random.token());
		expect(new Set(tokens).size).toBe(1_000);
		for (const token of tokens) expect(token).toMatch(RUN_ID_PATTERN);
	});
});

it("the machine's tokens carry at least 96 random bits", () => {
	expect(createSystemRandom().token()).toMatch(/^[A-Za-z0-9_-]{16,}$/);
});
