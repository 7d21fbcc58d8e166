/**
 * Stands in for shared/aws/system-clock.ts in tests of real adapters. Time stands still while anything is on the wire, so that a busy machine
 * counts what an idle one does; when all is quiet it moves on to whoever sleeps for a moment. Long sleeps end only when `pass` reaches them.
 */
import { epochMs } from "../../../shared/kernel/time.ts";
import type { Clock } from "../../../shared/ports/clock.ts";

const MOMENT_MS_MAX = 3_000;
/** Turns of the event loop without anything on the wire, in which a run may be between two requests. */
const QUIET_TURNS = 12;

interface Sleeper {
	readonly wakesAtMs: number;
	readonly wake: () => void;
	readonly forAMoment: boolean;
}

const asleep = new Set<Sleeper>();
let nowMs = Date.now();
let wireIsBusy = (): boolean => false;
let watching: NodeJS.Timeout | undefined;
let quietTurns = 0;

/** Tells when something is on the wire. */
export function watchWire(isBusy: () => boolean): void {
	wireIsBusy = isBusy;
}

/** Everybody in this process sees this time, the emulator of SQS included. It begins at noon: at midnight a day's listing is two. */
export function moveTime(): void {
	const today = new Date(nowMs);
	nowMs = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + 1, 12);
	Date.now = () => nowMs;
}

/** It is so much later, and nobody was woken on the way: as when a job has worked so long. */
export function jump(durationMs: number): void {
	nowMs += durationMs;
}

/** So much time passes; whoever sleeps until then wakes. */
export function pass(durationMs: number): void {
	jump(durationMs);
	for (const sleeper of [...asleep]) if (sleeper.wakesAtMs <= nowMs) sleeper.wake();
}

/** One turn: moves on to the first of those who sleep for a moment, once all has been quiet. */
function watch(): void {
	watching = undefined;
	quietTurns = wireIsBusy() ? 0 : quietTurns + 1;
	if (quietTurns >= QUIET_TURNS) {
		quietTurns = 0;
		const moments = [...asleep].filter(({ forAMoment }) => forAMoment).map(({ wakesAtMs }) => wakesAtMs);
		if (moments.length > 0) pass(Math.max(0, Math.min(...moments) - nowMs));
	}
	watchOn();
}

function watchOn(): void {
	if (watching === undefined && [...asleep].some(({ forAMoment }) => forAMoment)) watching = setTimeout(watch, 1);
}

export function createSystemClock(): Clock {
	return {
		now: () => epochMs(nowMs),
		sleep: (durationMs, signal) =>
			new Promise((resolve) => {
				if (signal?.aborted) return resolve();
				const wake = (): void => {
					asleep.delete(sleeper);
					signal?.removeEventListener("abort", wake);
					resolve();
				};
				const sleeper: Sleeper = {
					wakesAtMs: nowMs + Math.max(durationMs, 0),
					wake,
					forAMoment: durationMs <= MOMENT_MS_MAX,
				};
				asleep.add(sleeper);
				signal?.addEventListener("abort", wake, { once: true });
				if (sleeper.forAMoment) {
					quietTurns = 0;
					watchOn();
				}
			}),
	};
}
