/**
 * What the sweeper remembers between its sweeps: up to where in the listing of first starts it has looked, and which runs it wants to look
 * at again. It decides nothing itself; two sweeps at once see the same and may write the same.
 */
import type { RunId } from "../kernel/ids.ts";
import type { EpochMs } from "../kernel/time.ts";

/** A place in the listing of runs by their first start. Opaque, but later places are greater texts. */
export type ListingPlace = string;

/** A run that seemed to be carried by no message, as it was seen. */
export interface Suspicion {
	/** When that was seen first. */
	readonly at: EpochMs;
	/** Names the row as it was: any write of a run's attempts changes it. */
	readonly fingerprint: string;
}

export interface WatchedRun {
	readonly id: RunId;
	readonly suspicion?: Suspicion;
}

export interface SweepStore {
	/** Up to where the listing has been looked at; `undefined` before the first sweep. @throws MillraceError `store-failed` */
	place(): Promise<ListingPlace | undefined>;
	/** Forwards only: a place before the one that is kept changes nothing. @throws MillraceError `store-failed` */
	moveTo(place: ListingPlace): Promise<void>;
	/** The place before all runs that first started at this instant or later. */
	placeAt(instant: EpochMs): ListingPlace;
	/** The instant of a place, to tell people how far it is. */
	instantOf(place: ListingPlace): EpochMs;
	/**
	 * Ids of runs after a place that first started before `until`, in no order, about `limit` of them; and the place up to which these are
	 * all. `more` is false at `until`. From the listing index: a run is there within seconds. @throws MillraceError `store-failed`
	 */
	started(query: {
		readonly after: ListingPlace;
		readonly until: EpochMs;
		readonly limit: number;
	}): Promise<{ readonly ids: readonly RunId[]; readonly place: ListingPlace; readonly more: boolean }>;
	/** Wants to look at these again at `lookAt`, instead of when it wanted before. @throws MillraceError `store-failed` */
	watch(runs: readonly (WatchedRun & { readonly lookAt: EpochMs })[]): Promise<void>;
	/** Does not want to look at these again. @throws MillraceError `store-failed` */
	unwatch(ids: readonly RunId[]): Promise<void>;
	/**
	 * Watched runs whose time has come by `until`, earliest first, `limit` at most; with `after`, those after the last of the page before.
	 * Eventually consistent. @throws MillraceError `store-failed`
	 */
	due(query: {
		readonly until: EpochMs;
		readonly limit: number;
		readonly after?: string;
	}): Promise<{ readonly runs: readonly WatchedRun[]; readonly next?: string }>;
}
