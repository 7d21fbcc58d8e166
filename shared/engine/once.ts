/**
 * `ctx.once`: an effect of a run that shall not be repeated by its later attempts. Its result is kept after it took place, so a worker that
 * dies in between repeats it: effects outside happen at least once, and the key is what to give to whoever can tell a repetition.
 */
import type { JobContext } from "../job/context.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { RunId } from "../kernel/ids.ts";
import { EFFECT_RETENTION_SECONDS, INLINE_RESULT_BYTES_MAX, MESSAGE_DEPTH_MAX } from "../kernel/limits.ts";
import { showValue } from "../kernel/show-value.ts";
import { plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import { toJson } from "../kernel/to-json.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { EffectStore } from "../ports/effect-store.ts";
import { readStoredJson, storeJson } from "./store-result.ts";

const keyLengthMax = 128;

export function createOnce(options: {
	readonly effects: EffectStore;
	readonly blobs: BlobStore;
	readonly clock: Clock;
	readonly run: RunId;
	/** No attempt before this one can have left anything: then nothing is read. */
	readonly first: boolean;
}): JobContext["once"] {
	const { effects, blobs, clock, run, first } = options;
	/** Of this attempt: two calls with one key share one effect. */
	const begun = new Map<string, Promise<unknown>>();

	async function perform(key: string, effect: () => Promise<unknown>): Promise<unknown> {
		const known = first ? undefined : await effects.read(run, key);
		if (known !== undefined) return readStoredJson(blobs, known);
		const result = await effect();
		const copied = toJson(result ?? null, MESSAGE_DEPTH_MAX);
		if (!copied.ok) {
			throw new MillraceError(
				"once-invalid",
				`The result of the effect ${showValue(key)} can't be kept: ${copied.flaw.kind}. Return a plain JSON value, or nothing.`,
			);
		}
		const stored = await storeJson(blobs, "results", JSON.stringify(copied.json), INLINE_RESULT_BYTES_MAX);
		const expiresAt = toEpochSeconds(plusSeconds(clock.now(), EFFECT_RETENTION_SECONDS));
		return readStoredJson(blobs, await effects.keep(run, key, stored, expiresAt));
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
