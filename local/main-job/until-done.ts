/**
 * Waits until given runs have ended, on a stack that may hold other messages too: an earlier start with the same data has left some for
 * tomorrow. An idle stack has ended them all; one that only waits is asked how the runs are.
 */
import type { Outstanding } from "../run-functions.ts";

export interface Waiting {
	idle(): Promise<void>;
	outstanding(): Outstanding;
}

const LOOK_MS = 2_000;

/**
 * @param remaining Of these runs, those that have not ended.
 * @returns what the stack still holds. @throws the signal's reason when it aborts.
 */
export async function untilDone(
	stack: Waiting,
	given: {
		readonly runs: readonly string[];
		readonly remaining: (runs: readonly string[]) => Promise<readonly string[]>;
		readonly signal: AbortSignal;
		/** Default 2000. */
		readonly lookMs?: number;
	},
): Promise<Outstanding> {
	const { signal, lookMs = LOOK_MS } = given;
	signal.throwIfAborted();
	let isIdle = false;
	const idle = stack.idle().then(() => {
		isIdle = true;
	});
	let runs = given.runs;
	let before = "";
	for (;;) {
		await race(idle, lookMs, signal);
		const now = stack.outstanding();
		if (isIdle) return now;
		// Where nothing moves, what is left waits for its time; the runs may be among it.
		const seen = JSON.stringify(now);
		if (seen === before && now.inFlight + now.delayed > 0) {
			runs = await given.remaining(runs);
			if (runs.length === 0) return stack.outstanding();
		}
		before = seen;
	}
}

/** Either of the first two, or the signal's reason. */
async function race(first: Promise<void>, timeoutMs: number, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const onAbort = (): void => reject(signal.reason);
	const timer = setTimeout(resolve, timeoutMs);
	signal.addEventListener("abort", onAbort, { once: true });
	first.then(resolve, reject);
	try {
		await promise;
	} finally {
		clearTimeout(timer);
		signal.removeEventListener("abort", onAbort);
	}
}
