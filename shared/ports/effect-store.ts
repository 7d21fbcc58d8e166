/**
 * What `ctx.once` remembers: the result of an effect, under its scope (a run and its input) and the job's own key. Under one scope there may be
 * runs of several lives: an id that is used again after its row has expired.
 */
import type { EpochMs, EpochSeconds } from "../kernel/time.ts";

export interface Effect {
	/** When the run was first seen, which tells it from others of the same id. */
	readonly born: EpochMs;
	/** When the row was made of whoever had to do with it last: of a run that is redriven after its row has expired, that is later. */
	readonly row: EpochMs;
	/** The result, as JSON of at most EFFECT_BYTES_MAX. */
	readonly json: string;
}

type Life = Pick<Effect, "born" | "row">;

/**
 * One run's, as far as anybody can tell. By the row too: letters of an earlier and of a later run of the same id may take turns at reviving it, and
 * what one of them has kept since is not replaced by what a dead worker of the other had asked to keep.
 */
export const isOfSameLife = (one: Life, other: Life): boolean =>
	[one.born, one.row].some((made) => made === other.born || made === other.row);

export interface EffectStore {
	/** Strongly consistent. @throws MillraceError `store-failed` */
	read(scope: string, key: string): Promise<Effect | undefined>;
	/**
	 * Keeps the effect, unless one of the same life is kept already (`isOfSameLife`), and comes back with the one that is kept then: an effect of an
	 * earlier run that had the same id (a key that is used every day) gives way. @throws MillraceError `store-failed`
	 */
	keep(scope: string, key: string, effect: Effect, expiresAt: EpochSeconds): Promise<Effect>;
	/** Notes in the effect of that birth, if it is kept still, the row that has to do with it now. @throws MillraceError `store-failed` */
	noteRow(scope: string, key: string, effect: Pick<Effect, "born" | "row">, expiresAt: EpochSeconds): Promise<void>;
}
