/** What a run is told that asks for a slot, and what it holds when it gets one. */
import type { EpochMs } from "../../kernel/time.ts";

export interface Entrant {
	readonly run: string;
	/** 1 for the first of its attempt. */
	readonly leg: number;
	/** When it was told to come back, and how often it has been. */
	readonly line?: { readonly until: EpochMs; readonly times: number } | undefined;
}

/**
 * How a run ends to use its slot. `unused`: it did not perform, which says nothing about how long runs do. `not-claimed`: the same, and the
 * run goes on elsewhere: what the leg before has left for its next one stays there for that. `still-running`: its implementation does not
 * stop; nobody gets the slot before the function's end.
 */
export type Leaving = "ended" | "unused" | "not-claimed" | "still-running" | "next-leg";

export interface Hold {
	/** Whether the slot is still held, for a performance that starts now. */
	confirm(): Promise<boolean>;
	/** Is called when the slot is lost, because it could not be extended for as long as a lease lasts. */
	listen(lost: () => void): void;
	/** Hands the slot on, or back to the store; resolves then. Only the first call counts. Never rejects: an entry that stays ends by itself. */
	leave(how: Leaving): Promise<void>;
}

export type Entry =
	| { readonly entered: true; readonly hold: Hold }
	| { readonly entered: false; readonly comeBackAt: EpochMs }
	/** The pool says that whoever finds it full is skipped. */
	| { readonly entered: false; readonly busyWith: string };
