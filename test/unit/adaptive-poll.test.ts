import { expect, it } from "vitest";
import { nextPollSeconds } from "../../shared/job/index.ts";

it("looks again after 30 s when something changed, else after twice the time, up to 300 s", () => {
	const waits: number[] = [];
	let lastSeconds: number | undefined;
	for (const changed of [false, false, false, false, false, false, true, false, true]) {
		lastSeconds = nextPollSeconds({ changed, lastSeconds });
		waits.push(lastSeconds);
	}
	expect(waits).toEqual([30, 60, 120, 240, 300, 300, 30, 60, 30]);
});

it("takes other ends, and no nonsense", () => {
	expect(nextPollSeconds({ changed: false, lastSeconds: 5, minSeconds: 20, maxSeconds: 25 })).toBe(20);
	expect(nextPollSeconds({ changed: false, lastSeconds: 20, minSeconds: 20, maxSeconds: 25 })).toBe(25);
	expect(nextPollSeconds({ changed: false, lastSeconds: Number.NaN })).toBe(30);
});
