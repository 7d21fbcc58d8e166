/**
 * Which of the runs that wait under one key was enqueued last: one small item for each key. The store decides nothing but which of two
 * enqueues is the later one: by the time that its message was sent, within a millisecond by the run's id.
 */
import type { RunId } from "../kernel/ids.ts";
import type { EpochMs, EpochSeconds } from "../kernel/time.ts";

export interface Enqueue {
	readonly run: RunId;
	/** When its message was sent, by the queue's own clock. */
	readonly sentAt: EpochMs;
}

export interface NewEnqueue extends Enqueue {
	/** Its message, as the row of its run will name it. */
	readonly carrier: string;
}

export interface LatestEnqueue extends Enqueue {
	/** When the first of those that wait now was seen. Absent: the latest waits no longer. */
	readonly since?: EpochMs;
	/** Absent in what an older version noted. */
	readonly carrier?: string;
}

export interface DebounceStore {
	/**
	 * Puts the enqueue in the place of an earlier one, where that is there; the wait begins `now` if none was under way. Repeating it is
	 * harmless. @returns who is there then: the enqueue itself, or a later one. @throws MillraceError `store-failed`
	 */
	note(
		key: string,
		enqueue: NewEnqueue,
		at: {
			readonly now: EpochMs;
			/** When the item may be forgotten. */
			readonly expiresAt: EpochSeconds;
		},
	): Promise<LatestEnqueue>;
	/**
	 * Ends the wait if exactly this enqueue is the latest. @returns who is there then; `undefined` where nobody is. @throws MillraceError `store-failed`
	 */
	endWait(key: string, enqueue: Enqueue): Promise<LatestEnqueue | undefined>;
}
