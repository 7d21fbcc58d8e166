/** Whether the end of an attempt speaks of an outage of something outside. Pure. */
import type { BreakerPolicy } from "../../job/breaker.ts";
import type { AttemptOutcome } from "../normalise-outcome.ts";

/** The error in words; `undefined` where the attempt failed on nothing that a breaker counts, whatever else became of it. */
export function outageIn(outcome: AttemptOutcome, { errorClasses }: BreakerPolicy): string | undefined {
	// A class alone does not say it: an answer 404 is an `api` error, too, of somebody who is there.
	const counts = (outcome.kind === "error" && outcome.transient) || outcome.kind === "time-limit";
	return counts && errorClasses.includes(outcome.error.errorClass)
		? `${outcome.error.excType}: ${outcome.error.excMessage}`
		: undefined;
}
