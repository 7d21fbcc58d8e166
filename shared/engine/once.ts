/**
 * `ctx.once`: an effect of a run that shall not be repeated by its later attempts. Its result is kept after it took place, so a worker that
 * dies in between repeats it: effects outside happen at least once, and the key is what to give to whoever can tell a repetition.
 */
import type { JobContext } from "../job/context.ts";
import { MillraceError } from "../kernel/errors.ts";
import { utf8Bytes } from "../kernel/json.ts";
import { EFFECT_BYTES_MAX, EFFECT_RETENTION_SECONDS, MESSAGE_DEPTH_MAX } from "../kernel/limits.ts";
import { showValue } from "../kernel/show-value.ts";
import { type EpochMs, type EpochSeconds, plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import { toJson } from "../kernel/to-json.ts";
import type { Clock } from "../ports/clock.ts";
import { type Effect, type EffectStore, isOfSameLife } from "../ports/effect-store.ts";

const keyLengthMax = 128;

export function createOnce(options: {
	readonly effects: EffectStore;
	readonly clock: Clock;
	/** The run, and which input of it: one that an operator has edited is other work. */
	readonly scope: string;
	/** When its row was made. */
	readonly createdAt: EpochMs;
	/**
	 * When the run was first seen, which may be before that. An id that comes from a key may be that of another run of another day.
	 * `undefined`: nothing says it, and what was kept under its id counts as its own.
	 */
	readonly born: EpochMs | undefined;
	/** No attempt before this one can have left anything: then nothing is read. */
	readonly first: boolean;
	/** Is called when an attempt is given what an earlier one has kept. */
	readonly recalled: () => void;
	/** Is called when it could not be noted that this run's row has to do with what was recalled. */
	readonly noteFailed: (why: string) => void;
}): JobContext["once"] {
	const { effects, clock, scope, createdAt, born, first, recalled, noteFailed } = options;
	/** Of this attempt: two calls with one key share one effect. */
	const begun = new Map<string, Promise<unknown>>();

	const expiry = (): EpochSeconds => toEpochSeconds(plusSeconds(clock.now(), EFFECT_RETENTION_SECONDS));
	/** The result is at hand whether or not that succeeds; and whoever recalls it next notes the same. */
	const noteRow = (key: string, { born: ofBirth }: Effect): Promise<void> =>
		effects
			.noteRow(scope, key, { born: ofBirth, row: createdAt }, expiry())
			.catch((error: Error) => noteFailed(error.message));
	const isOwn = (known: Effect): boolean => born === undefined || isOfSameLife(known, { born, row: createdAt });

	async function perform(key: string, effect: () => Promise<unknown>): Promise<unknown> {
		const known = first ? undefined : await effects.read(scope, key);
		if (known !== undefined && isOwn(known)) {
			recalled();
			if (known.row !== createdAt && known.born !== createdAt) await noteRow(key, known);
			return JSON.parse(known.json);
		}
		const result = await effect();
		const copied = toJson(result ?? null, MESSAGE_DEPTH_MAX);
		if (!copied.ok) {
			throw new MillraceError(
				"once-invalid",
				`The result of the effect ${showValue(key)} can't be kept: ${copied.flaw.kind}. Return a plain JSON value, or nothing.`,
			);
		}
		const json = JSON.stringify(copied.json);
		if (utf8Bytes(json) > EFFECT_BYTES_MAX) {
			throw new MillraceError(
				"once-invalid",
				`The result of the effect ${showValue(key)} has ${utf8Bytes(json)} bytes; at most ${EFFECT_BYTES_MAX} can be kept. Return a receipt or an id, not the data.`,
			);
		}
		const kept = await effects.keep(scope, key, { born: born ?? createdAt, row: createdAt, json }, expiry());
		return JSON.parse(kept.json);
	}

	async function once(key: string, effect: () => Promise<unknown>): Promise<unknown> {
		if (typeof key !== "string" || key === "" || key.length > keyLengthMax || !key.isWellFormed()) {
			throw new MillraceError(
				"once-invalid",
				`The key of an effect is a text of 1–${keyLengthMax} characters; got ${showValue(key)}.`,
			);
		}
		const running = begun.get(key);
		if (running !== undefined) return running;
		const made = perform(key, effect);
		begun.set(key, made);
		// One that failed may be tried again by the same attempt.
		made.catch(() => begun.delete(key));
		return made;
	}
	return once as JobContext["once"];
}
