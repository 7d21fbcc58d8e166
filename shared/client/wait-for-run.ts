/** Waits for a run's end by asking again and again, soon at first and then every two seconds. */
import { MillraceError } from "../kernel/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { JobStore } from "../ports/job-store.ts";
import { isTerminal, type TerminalState } from "../wire/run-states.ts";
import type { RunView } from "../wire/run-view.ts";
import { readView } from "./read-views.ts";

export type EndedRun = Extract<RunView, { readonly state: TerminalState }>;

export interface WaitOptions {
	/** Give up after this long. 0 asks once; default 300. */
	readonly timeoutSeconds?: number;
	/** Stop waiting: the promise then rejects with the signal's reason. */
	readonly signal?: AbortSignal;
	/** Called with the first view and with each that differs from the one before. */
	readonly onProgress?: (view: RunView) => void;
}

const FIRST_PAUSE_MS = 100;
const PAUSE_GROWTH = 1.5;
const PAUSE_MAX_MS = 2_000;
const TIMEOUT_SECONDS_DEFAULT = 300;

export async function waitForRun(
	{ store, clock }: { readonly store: Pick<JobStore, "getMany">; readonly clock: Clock },
	id: string,
	options: WaitOptions,
): Promise<EndedRun> {
	const { timeoutSeconds = TIMEOUT_SECONDS_DEFAULT, signal, onProgress } = options;
	if (!(timeoutSeconds >= 0)) {
		throw new MillraceError("message-invalid-field", `timeoutSeconds must be 0 or more; got ${timeoutSeconds}.`);
	}
	const endMs = clock.now() + timeoutSeconds * 1000;
	let seen = "";
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * PAUSE_GROWTH)) {
		signal?.throwIfAborted();
		const view = await readView(store, id);
		const shown = JSON.stringify(view);
		if (shown !== seen) onProgress?.(view);
		seen = shown;
		if (hasEnded(view)) return view;
		const leftMs = endMs - clock.now();
		if (leftMs <= 0) throw timedOut(view, timeoutSeconds);
		await clock.sleep(Math.min(pauseMs, leftMs), signal);
	}
}

const hasEnded = (view: RunView): view is EndedRun => isTerminal(view.state);

function timedOut(view: RunView, timeoutSeconds: number): MillraceError {
	const hint =
		view.state === "PENDING"
			? "It has not started: `millrace queues` tells what waits before it, and whether its class is paused or its breaker open; `millrace scheduled` lists what waits for a time. Of an id that nobody sent nothing will come."
			: "It goes on; ask for its status later.";
	return new MillraceError(
		"wait-timed-out",
		`Run ${view.id} is still ${view.state} after ${timeoutSeconds} s. ${hint}`,
		{
			details: { view },
		},
	);
}
