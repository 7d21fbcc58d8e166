/** When a run may start and when it is too late: from the options of an enqueue to what SQS is told and what the message carries. Pure. */
import { MillraceError } from "../kernel/errors.ts";
import { DELAY_SECONDS_MAX, SQS_DELAY_SECONDS_MAX } from "../kernel/limits.ts";
import { showValue } from "../kernel/show-value.ts";
import { type EpochMs, epochMs, parseIso, plusSeconds, toIso } from "../kernel/time.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";

export type TimeOptions = Pick<EnqueueOptions, "delaySeconds" | "notBefore" | "expiresAt">;

export interface EnqueueTimes {
	readonly delaySeconds: number;
	readonly notBefore: string | undefined;
	readonly expiresAt: string | undefined;
}

/** @throws MillraceError `message-invalid-field`, `already-expired` */
export function resolveEnqueueTimes(options: TimeOptions, now: EpochMs): EnqueueTimes {
	if (options.delaySeconds !== undefined && options.notBefore !== undefined) {
		throw invalidField("delaySeconds and notBefore were both given. Give one of them.");
	}
	const delay = options.delaySeconds ?? 0;
	if (!Number.isFinite(delay) || delay < 0) {
		throw invalidField(`delaySeconds must be a number from 0 to ${DELAY_SECONDS_MAX}; got ${showValue(delay)}.`);
	}
	const start =
		options.notBefore === undefined ? plusSeconds(now, Math.ceil(delay)) : instant("notBefore", options.notBefore);
	const waitSeconds = Math.max(0, Math.ceil((start - now) / 1000));
	if (waitSeconds > DELAY_SECONDS_MAX) {
		throw invalidField(
			`The start lies ${waitSeconds} s ahead; at most ${DELAY_SECONDS_MAX} s (366 days) can be waited. Enqueue later, or use a schedule.`,
		);
	}
	const expiry = options.expiresAt === undefined ? undefined : instant("expiresAt", options.expiresAt);
	if (expiry !== undefined && expiry <= Math.max(now, start)) {
		const against = start > now ? `may not start before ${toIso(start)}` : `it is ${toIso(now)}`;
		throw new MillraceError(
			"already-expired",
			`expiresAt is ${toIso(expiry)}, but ${against}: the run would never start. Give a later instant, or don't enqueue.`,
			{ details: { expiresAt: toIso(expiry) } },
		);
	}
	// A short delay is left to SQS alone; an instant that was given, or one that SQS can't reach in one delay, travels along.
	const tooLong = waitSeconds > SQS_DELAY_SECONDS_MAX;
	const travels = options.notBefore !== undefined ? waitSeconds > 0 : tooLong;
	return {
		// A long wait goes to a worker at once, which alone may make a schedule of it.
		delaySeconds: tooLong ? 0 : waitSeconds,
		notBefore: travels ? toIso(start) : undefined,
		expiresAt: expiry === undefined ? undefined : toIso(expiry),
	};
}

function instant(field: string, value: unknown): EpochMs {
	const read =
		value instanceof Date ? epochMs(value.getTime()) : typeof value === "string" ? parseIso(value) : undefined;
	if (read !== undefined && !Number.isNaN(read)) return read;
	throw invalidField(
		`${field} must be a Date or an ISO 8601 instant such as 2026-11-20T09:00:00Z; got ${value instanceof Date ? "an invalid Date" : showValue(value)}.`,
	);
}

const invalidField = (message: string): MillraceError => new MillraceError("message-invalid-field", message);
