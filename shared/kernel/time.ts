/**
 * Instants, branded by unit, and the only place where units convert.
 * Durations are plain numbers whose name ends in their unit (`delaySeconds`, `windowMs`).
 */
declare const unit: unique symbol;

/** An instant: whole milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly [unit]: "EpochMs" };
/** An instant: whole seconds since 1970-01-01T00:00:00Z (DynamoDB's TTL unit). */
export type EpochSeconds = number & { readonly [unit]: "EpochSeconds" };

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const epochSeconds = (value: number): EpochSeconds => value as EpochSeconds;

export const plusMs = (instant: EpochMs, durationMs: number): EpochMs => epochMs(instant + durationMs);
export const plusSeconds = (instant: EpochMs, durationSeconds: number): EpochMs =>
	epochMs(instant + durationSeconds * 1000);

/** Whole seconds, rounded up: something kept "until" an instant is never dropped before it. */
export const toEpochSeconds = (instant: EpochMs): EpochSeconds => epochSeconds(Math.ceil(instant / 1000));

/** ISO 8601 in UTC, as it stands in messages and views. */
export const toIso = (instant: EpochMs): string => new Date(instant).toISOString();

/** `Date.parse` alone would take "banana 5" for a day of May 2001, and a time without offset for local. */
const isoInstant = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** The instant that an ISO 8601 text names; a text without offset is UTC. `undefined` when it names none. */
export function parseIso(text: string): EpochMs | undefined {
	const parts = isoInstant.exec(text);
	if (parts === null) return undefined;
	const [, date, time = "00:00", offset = "Z"] = parts;
	const value = Date.parse(`${date}T${time}${offset}`);
	return Number.isNaN(value) ? undefined : epochMs(value);
}
