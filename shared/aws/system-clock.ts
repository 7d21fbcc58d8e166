/** The machine's clock. */
import { epochMs } from "../kernel/time.ts";
import type { Clock } from "../ports/clock.ts";

/** Node's timers turn a longer delay into 1 ms. */
const TIMER_MS_MAX = 2_147_483_647;

export function createSystemClock(): Clock {
	return {
		now: () => epochMs(Date.now()),
		sleep(durationMs, signal) {
			return new Promise((resolve) => {
				if (signal?.aborted) return resolve();
				const end = (): void => {
					clearTimeout(timer);
					signal?.removeEventListener("abort", end);
					resolve();
				};
				const timer = setTimeout(end, Math.min(Math.max(durationMs, 0), TIMER_MS_MAX));
				signal?.addEventListener("abort", end, { once: true });
			});
		},
	};
}
