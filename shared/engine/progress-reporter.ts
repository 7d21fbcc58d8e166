/**
 * Progress of one attempt: kept in memory, written at most once a second, the last one with the settle. A job that ends within a second
 * costs no write for it.
 */
import type { Progress } from "../job/context.ts";
import type { Clock } from "../ports/clock.ts";

const intervalMs = 1000;

export interface ProgressReporter {
	report(update: Progress): void;
	/** What was reported so far, put together. */
	latest(): Progress | undefined;
	/** No write begins after this. */
	stop(): void;
}

/** @param write must not reject. */
export function createProgressReporter(clock: Clock, write: (progress: Progress) => Promise<void>): ProgressReporter {
	let latest: Progress | undefined;
	let scheduled = false;
	const stopped = new AbortController();

	async function writeLater(): Promise<void> {
		await clock.sleep(intervalMs, stopped.signal);
		if (stopped.signal.aborted || latest === undefined) return;
		scheduled = false;
		await write(latest);
	}

	return {
		report(update) {
			latest = { ...latest, ...update };
			if (scheduled || stopped.signal.aborted) return;
			scheduled = true;
			void writeLater();
		},
		latest: () => latest,
		stop: () => stopped.abort(),
	};
}
