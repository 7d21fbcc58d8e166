/**
 * What is known of schedules beyond their rule: the ticks that came, the ones that were missed, whether an operator has stopped them; and of
 * those made at run time, the definition itself. One small item each. The registry decides nothing.
 */
import type { RunId } from "../kernel/ids.ts";
import type { EpochMs, EpochSeconds } from "../kernel/time.ts";
import type { StoredSchedule } from "../wire/schedule-definition.ts";

export interface NotedTick {
	readonly runId: RunId;
	/** When a worker first saw it. */
	readonly notedAt: EpochMs;
}

export interface WaitingTick extends NotedTick {
	/** The message that said so, and how often it had been sent on. Absent where it isn't known. */
	readonly by?: { readonly messageId: string; readonly hops: number };
}

export interface ScheduleRecord {
	readonly name: string;
	/** Of a schedule that was made at run time; the catalogue has the others. */
	readonly definition?: StoredSchedule;
	/** Why an operator has disabled it. */
	readonly disabled?: string;
	/** The latest tick that came, whatever became of it. `at`: the time that it was scheduled for. */
	readonly latest?: NotedTick & { readonly at: EpochMs };
	/** The latest tick that was admitted, and when it last said that it is on its way. */
	readonly going?: NotedTick;
	/** The tick that waits for the run before it to end, when it last said so. */
	readonly waiting?: WaitingTick;
	/** Ticks that never came or came too late, as the sweeper counts them. `until`: up to where it has looked. */
	readonly missed: { readonly count: number; readonly latest?: EpochMs; readonly until?: EpochMs };
}

export interface ScheduleRegistry {
	/**
	 * Notes a tick, if it is later than the latest one; comes back with the record as it then is. Noting the same tick again changes nothing.
	 * @throws MillraceError `store-failed`
	 */
	noteTick(
		name: string,
		tick: { readonly at: EpochMs; readonly runId: RunId; readonly now: EpochMs },
	): Promise<ScheduleRecord>;
	/** Strongly consistent. @throws MillraceError `store-failed` */
	look(name: string): Promise<ScheduleRecord | undefined>;
	/**
	 * Makes a tick the one that is going, if `over` still is and was not heard of since (absent: if none was ever); nobody waits then. `false` when
	 * another one was quicker. Admitting the one that is going again notes the time. @throws MillraceError `store-failed`
	 */
	admit(name: string, tick: NotedTick, over: NotedTick | undefined): Promise<boolean>;
	/**
	 * Notes that the tick of that run was admitted and waits for something else, whatever becomes of its schedule. `until` now: not any more.
	 * @throws MillraceError `store-failed`
	 */
	noteAdmitted(runId: RunId, until: EpochSeconds): Promise<void>;
	/** Those of the runs whose ticks are noted so. Strongly consistent. @throws MillraceError `store-failed` */
	admittedAmong(runIds: readonly RunId[], now: EpochMs): Promise<ReadonlySet<RunId>>;
	/** @throws MillraceError `store-failed` */
	noteWaiting(name: string, waiting: WaitingTick): Promise<void>;
	/**
	 * Adds missed ticks; `until` must be later than that of the record, and that must still be `from` where it is given (who looked at the same
	 * stretch meanwhile has counted it), else nothing changes. `false` then. @throws MillraceError `store-failed`
	 */
	noteMissed(
		name: string,
		missed: {
			readonly count: number;
			readonly latest?: EpochMs;
			/** `never`: nobody had looked. */
			readonly from?: EpochMs | "never";
			readonly until: EpochMs;
		},
	): Promise<boolean>;
	/** Nobody has looked for missed ticks then, if until now that was done up to `until`. @throws MillraceError `store-failed` */
	stopLooking(name: string, until: EpochMs): Promise<void>;
	/** Makes or replaces the definition of a schedule of run time; what is known of its ticks stays. @throws MillraceError `store-failed` */
	define(name: string, definition: StoredSchedule): Promise<void>;
	/** `undefined`: enabled. @throws MillraceError `store-failed` */
	disable(name: string, why: string | undefined): Promise<void>;
	/** Forgets it, definition and ticks. @throws MillraceError `store-failed` */
	remove(name: string): Promise<void>;
	/** Strongly consistent, in the order of the names; nothing is known of one that never ticked. @throws MillraceError `store-failed` */
	getMany(names: readonly string[]): Promise<readonly (ScheduleRecord | undefined)[]>;
	/** All that is known, by name; new ones appear a moment later. @throws MillraceError `store-failed` */
	list(): Promise<readonly ScheduleRecord[]>;
}
