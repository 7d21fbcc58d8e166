/** How much of the machine's processor time is unused, by all processes together. */
import { cpus } from "node:os";

/** A shorter stretch says nothing: the kernel counts in steps of 10 ms. */
const MEASURE_MS = 80;

function times(): { readonly idle: number; readonly all: number } {
	let idle = 0;
	let all = 0;
	for (const { times: spent } of cpus()) {
		idle += spent.idle;
		all += spent.idle + spent.user + spent.sys + spent.nice + spent.irq;
	}
	return { idle, all };
}

/** Gives a function that tells the unused part, from 0 to 1, since it was last asked (0 at first). */
export function createIdleMeter(): () => number {
	let measuredAtMs = Date.now();
	let last = times();
	let share = 0;
	return () => {
		const now = Date.now();
		if (now - measuredAtMs < MEASURE_MS) return share;
		const current = times();
		const all = current.all - last.all;
		// A stretch of quiet before the work came would count as idle, so a long one is only a new beginning.
		share = all > 0 && now - measuredAtMs < 5 * MEASURE_MS ? (current.idle - last.idle) / all : 0;
		measuredAtMs = now;
		last = current;
		return share;
	};
}
