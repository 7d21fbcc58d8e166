/**
 * What an implementation may answer instead of a plain result. A plain return value is success; a throw is an error.
 * - `succeed(result)`: the same as returning it.
 * - `retryAfter(seconds, reason)`: not yet; counts as an attempt, so the policy's number still bounds it.
 * - `giveUp(reason)`: FAILURE now, dead-lettered, no further attempt.
 * - `skip(reason)`: SKIPPED, a quiet end that is no failure: there was nothing to do.
 */
const tag = Symbol.for("millrace.outcome");

export type Outcome<Result> =
	| { readonly [tag]: "succeed"; readonly result: Result }
	| { readonly [tag]: "retry-after"; readonly afterSeconds: number; readonly reason: string }
	| { readonly [tag]: "give-up"; readonly reason: string }
	| { readonly [tag]: "skip"; readonly reason: string };

export type OutcomeKind = Outcome<unknown>[typeof tag];

export const succeed = <Result>(result: Result): Outcome<Result> => ({ [tag]: "succeed", result });
export const retryAfter = (afterSeconds: number, reason: string): Outcome<never> => ({
	[tag]: "retry-after",
	afterSeconds,
	reason,
});
export const giveUp = (reason: string): Outcome<never> => ({ [tag]: "give-up", reason });
export const skip = (reason: string): Outcome<never> => ({ [tag]: "skip", reason });

export const isOutcome = (value: unknown): value is Outcome<unknown> =>
	typeof value === "object" && value !== null && tag in value;
export const outcomeKind = (outcome: Outcome<unknown>): OutcomeKind => outcome[tag];
