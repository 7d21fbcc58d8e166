/** Step 4: what may say "not now" or "no more" before anything is written. A deferral here never spends an attempt (INV-06). */
import { DELAY_SECONDS_MAX, HOPS_MAX } from "../kernel/limits.ts";
import { type EpochMs, parseIso, plusSeconds } from "../kernel/time.ts";
import type { JobMessage } from "../wire/job-message.ts";
import type { Refusal } from "./parse-message.ts";

export type Admission =
	| { readonly verdict: "go" }
	/** Too late to start: the claim ends the run as REVOKED. */
	| { readonly verdict: "expired" }
	| { readonly verdict: "not-before"; readonly until: EpochMs }
	| { readonly verdict: "refuse"; readonly refusal: Refusal };

/** A producer whose clock is ahead of ours still gets its 366 days. */
const clockSlackSeconds = 600;

export function admit(message: JobMessage, sentAt: EpochMs, now: EpochMs): Admission {
	const hops = message.hops ?? 0;
	if (hops > HOPS_MAX) {
		return refuse(
			"hop-limit",
			`The message was sent on ${hops} times; the limit is ${HOPS_MAX}. Something keeps deferring it: look at its run and its limits.`,
		);
	}
	const expiresAt = message.expiresAt === undefined ? undefined : parseIso(message.expiresAt);
	const notBefore = message.notBefore === undefined ? undefined : parseIso(message.notBefore);
	const firstSend = hops === 0 && (message.attempt ?? 1) === 1;
	if (firstSend && expiresAt !== undefined && notBefore !== undefined && expiresAt <= notBefore) {
		return refuse(
			"already-expired",
			`expiresAt ${message.expiresAt} is not after notBefore ${message.notBefore}: the run could never start; give a later expiresAt.`,
		);
	}
	if (expiresAt !== undefined && isExpired(message, now)) {
		// Late on arrival is its producer's mistake and shown to somebody; late through waiting is what expiresAt is for.
		if (firstSend && expiresAt <= sentAt) {
			return refuse(
				"already-expired",
				`expiresAt ${message.expiresAt} was past when the message was sent; give a later instant, or don't send it.`,
			);
		}
		return { verdict: "expired" };
	}
	if (notBefore !== undefined && notBefore > plusSeconds(now, DELAY_SECONDS_MAX + clockSlackSeconds)) {
		return refuse(
			"message-invalid-field",
			`message.notBefore: must be at most ${DELAY_SECONDS_MAX} s (366 days) ahead; got ${message.notBefore}. Send it later, or use a schedule.`,
		);
	}
	if (notBefore !== undefined && notBefore > now) return { verdict: "not-before", until: notBefore };
	return { verdict: "go" };
}

/** Whether it is too late to begin. A further leg is of a run that has started. */
export const isExpired = ({ expiresAt, leg }: JobMessage, now: EpochMs): boolean =>
	expiresAt !== undefined && leg === undefined && (parseIso(expiresAt) ?? Infinity) <= now;

const refuse = (reason: "hop-limit" | "already-expired" | "message-invalid-field", message: string): Admission => ({
	verdict: "refuse",
	refusal: { reason, message },
});
