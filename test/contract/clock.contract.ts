/** What every clock keeps. `pass` lets time go by where it does not by itself. */
import { describe, expect, it } from "vitest";
import type { Clock } from "../../shared/ports/clock.ts";

export function describeClock(
	name: string,
	open: () => { readonly clock: Clock; readonly pass: (ms: number) => void },
): void {
	describe(`clock: ${name}`, () => {
		it("sleeps for as long as asked, and not less", async () => {
			const { clock, pass } = open();
			const before = clock.now();
			const slept = clock.sleep(20);
			pass(20);
			await slept;
			// A timer of Node may fire within the millisecond before.
			expect(clock.now() - before).toBeGreaterThanOrEqual(19);
		});

		it.each([0, -5])("does not sleep for %i ms", async (durationMs) => {
			const { clock, pass } = open();
			const slept = clock.sleep(durationMs);
			pass(0);
			await expect(slept).resolves.toBeUndefined();
		});

		it("wakes at once when it is told to, before or while it sleeps, without rejecting", async () => {
			const { clock } = open();
			await clock.sleep(3_600_000, AbortSignal.abort());
			const controller = new AbortController();
			const slept = clock.sleep(3_600_000, controller.signal);
			controller.abort();
			await expect(slept).resolves.toBeUndefined();
		});

		it("sleeps longer than a timer can be set for", async () => {
			const { clock } = open();
			const controller = new AbortController();
			let awake = false;
			const slept = clock.sleep(30 * 86_400_000, controller.signal).then(() => {
				awake = true;
			});
			await new Promise((resolve) => setTimeout(resolve, 5));
			expect(awake).toBe(false);
			controller.abort();
			await slept;
		});
	});
}
