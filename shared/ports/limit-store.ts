/**
 * The state of rate limiters: one small item for each, and atomic updates of it. A limiter hands out numbered tickets; its timetable says
 * at which instant each may be used (shared/engine/rate/timetable.ts). The store decides nothing itself.
 */
import type { RateOverride } from "../job/rate-limit.ts";
import type { EpochMs } from "../kernel/time.ts";

/** One start every `intervalMs`, and none later than `windowMs` after its slot: the burst, as a length of time. */
export interface Pace {
	readonly intervalMs: number;
	readonly windowMs: number;
}

export interface Timetable {
	/** Counts the changes of this timetable: the condition of the next one. */
	readonly revision: number;
	/** Counts the changes of the pace. */
	readonly epoch: number;
	/** The first ticket it speaks of, and that ticket's slot; the next ones follow, one every `pace.intervalMs`. */
	readonly from: number;
	readonly base: EpochMs;
	readonly pace: Pace;
	/** Of the definition of whoever set the pace. */
	readonly declared: Pace;
	/** When the pace was set; and until when tickets of the pace before may be used. */
	readonly setAt: EpochMs;
	readonly beginsAt: EpochMs;
}

export interface LimiterState {
	/** Tickets handed out so far. The next one has this number. */
	readonly taken: number;
	/** The latest time that a worker had when it took tickets; 0 before the first. */
	readonly seenAt: EpochMs;
	/** Absent until the first ticket is to be used. */
	readonly timetable?: Timetable;
	/** What an operator wants instead of the declared limit. */
	readonly override?: RateOverride;
}

export interface TakeTickets {
	readonly count: number;
	readonly now: EpochMs;
	/** Nothing is taken when the limiter has seen a later time than this: the caller's clock is behind. */
	readonly seenAtMax: EpochMs;
	/** The item may be forgotten when it has not been used for so long. Default: never. */
	readonly idleSecondsMax?: number;
}

export interface LimitStore {
	/** Takes the next `count` tickets: those below the `taken` of the state that comes back. @throws MillraceError `store-failed`; then some may be lost. */
	take(limiter: string, tickets: TakeTickets): Promise<{ readonly taken: boolean; readonly state: LimiterState }>;
	/** Strongly consistent; a limiter that was never used has taken nothing. @throws MillraceError `store-failed` */
	look(limiter: string): Promise<LimiterState>;
	/**
	 * Replaces the timetable when it is still the one of `revision` (0: there is none) and no more than `takenMax` tickets were handed out
	 * (default: any). Comes back with the state as it then is, whoever made it so. @throws MillraceError `store-failed`
	 */
	plan(
		limiter: string,
		change: { readonly revision: number; readonly takenMax?: number; readonly timetable: Timetable },
	): Promise<LimiterState>;
	/** Sets what an operator wants, `undefined` for nothing. In force with the next start. @throws MillraceError `store-failed` */
	override(limiter: string, override: RateOverride | undefined): Promise<LimiterState>;
}
