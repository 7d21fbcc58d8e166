/**
 * Progress of one attempt: kept in memory, written at most once a second, the last one with the settle. A job that ends within a second
 * costs no write for it.
 */
import type { Progress } from "../job/context.ts";
import { cutToBytes } from "../kernel/json.ts";
import type { Clock } from "../ports/clock.ts";

const intervalMs = 1000;
/** Given, because an abort without a reason makes a DOMException with a stack trace. */
const stopReason = "stopped";

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
	/** Made with the first report: most attempts make none. */
	let waiting: AbortController | undefined;
	let scheduled = false;
	let stopped = false;

	async function writeLater(): Promise<void> {
		waiting ??= new AbortController();
		await clock.sleep(intervalMs, waiting.signal);
		if (stopped || latest === undefined) return;
		scheduled = false;
		await write(latest);
	}

	return {
		report(update) {
			try {
				latest = { ...latest, ...storable(update) };
			} catch {
				return; // It could not even be looked at.
			}
			if (scheduled || stopped) return;
			scheduled = true;
			void writeLater();
		},
		latest: () => latest,
		stop() {
			stopped = true;
			waiting?.abort(stopReason);
		},
	};
}

const textBytesMax = 200;

/** What can be stored of an update: it comes from a job's own code, and a settle must never fail for it. */
function storable(update: Progress): Progress {
	const entries = Object.entries(update).flatMap(([field, value]): [string, string | number][] => {
		if (textFields.includes(field) && typeof value === "string")
			return [[field, cutToBytes(value.toWellFormed(), textBytesMax)]];
		return numberFields.includes(field) && typeof value === "number" && Number.isFinite(value) ? [[field, value]] : [];
	});
	return Object.fromEntries(entries);
}

const textFields = ["status", "current_step", "stage"];
const numberFields = ["progress", "step", "total"];
