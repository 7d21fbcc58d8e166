/**
 * Time that passes only when a test says so. `now()` stands still; a sleeper wakes when `advance` reaches its instant, in order of instants.
 * A test that waits for a sleeper without advancing would hang: `sleepers` tells how many there are, and with `autoAdvance` the clock
 * moves on by itself whenever nothing else is left to do in this turn of the event loop. Where everything is in memory, `ofPromises`, it
 * does not wait for turns of the event loop, which cost more than most of what is done in them.
 */
import { setImmediate as nextLoop } from "node:timers/promises";
import { type EpochMs, epochMs, plusMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";

export interface VirtualClock extends Clock {
	/** Moves on by `durationMs`, waking sleepers on the way; what they do then is done before the next one wakes. */
	advance(durationMs: number): Promise<void>;
	/** Sets the time without waking anybody in between: a jump, as when a machine was frozen. Also backwards. */
	jumpTo(instant: EpochMs): void;
	sleepers(): number;
}

interface Sleeper {
	readonly wakesAt: EpochMs;
	readonly wake: () => void;
}

/** Node comes to what is to be done "next" once no promise has anything left to do. */
const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/**
 * @param start Default 2026-11-20T09:00:00.000Z
 * @param ofPromises Whether all that sleepers do between two wakings is promises: no I/O, no timer. Default false.
 */
export function createVirtualClock(
	options: { readonly start?: EpochMs; readonly autoAdvance?: boolean; readonly ofPromises?: boolean } = {},
): VirtualClock {
	const nextTurn = options.ofPromises === true ? nextTick : nextLoop;
	let now = options.start ?? epochMs(1_795_165_200_000);
	const asleep = new Set<Sleeper>();
	let moving = false;

	const earliest = (): Sleeper | undefined => {
		let first: Sleeper | undefined;
		for (const sleeper of asleep) if (first === undefined || sleeper.wakesAt < first.wakesAt) first = sleeper;
		return first;
	};

	async function advanceTo(end: EpochMs): Promise<void> {
		await nextTurn();
		for (let next = earliest(); next !== undefined && next.wakesAt <= end; next = earliest()) {
			if (next.wakesAt > now) now = next.wakesAt;
			next.wake();
			await nextTurn();
		}
		if (end > now) now = end;
	}

	async function moveByItself(): Promise<void> {
		if (moving) return;
		moving = true;
		await nextTurn();
		for (let next = earliest(); next !== undefined; next = earliest()) await advanceTo(next.wakesAt);
		moving = false;
	}

	return {
		now: () => now,
		sleep(durationMs, signal) {
			return new Promise((resolve) => {
				if (signal?.aborted) return resolve();
				const wake = (): void => {
					asleep.delete(sleeper);
					signal?.removeEventListener("abort", wake);
					resolve();
				};
				const sleeper: Sleeper = { wakesAt: plusMs(now, Math.max(durationMs, 0)), wake };
				asleep.add(sleeper);
				signal?.addEventListener("abort", wake, { once: true });
				if (options.autoAdvance === true) void moveByItself();
			});
		},
		advance: (durationMs) => advanceTo(plusMs(now, durationMs)),
		jumpTo(instant) {
			now = instant;
		},
		sleepers: () => asleep.size,
	};
}
