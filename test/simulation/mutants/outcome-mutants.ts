/** Faults in what becomes of an attempt: its deadline, its outcome, what is recorded, when it is tried again. */
import type { Mutant } from "./mutant.ts";

const settlement = "shared/engine/decide-settlement.ts";
const attempt = "shared/engine/attempt-run.ts";
const perform = "shared/engine/perform.ts";
const normalise = "shared/engine/normalise-outcome.ts";

export const outcomeMutants: readonly Mutant[] = [
	{
		name: "one-attempt-fewer",
		what: "the last retry of a policy is not made",
		file: settlement,
		find: "at.attempt <= at.job.retry.retriesMax",
		replace: "at.attempt < at.job.retry.retriesMax",
	},
	{
		name: "one-attempt-more",
		what: "one retry more is made than the policy allows",
		file: settlement,
		find: "at.attempt <= at.job.retry.retriesMax",
		replace: "at.attempt <= at.job.retry.retriesMax + 1",
	},
	{
		name: "retry-beside-the-stuck",
		what: "the next attempt does not wait for one that did not stop",
		file: settlement,
		find: "const soonest = at.stillRunningUntil ?? at.endedAt;",
		replace: "const soonest = at.endedAt;",
	},
	{
		name: "final-errors-retried",
		what: "errors that no retry can mend are retried",
		file: settlement,
		find: "if (!outcome.retryable)",
		replace: "if (!outcome.retryable && !retriesLeft)",
	},
	{
		name: "policy-delay-forgotten",
		what: "a retry waits only as long as the error asked for",
		file: settlement,
		find: "Math.max(backoff, askedMs(outcome.retryAfterSeconds))",
		replace: "askedMs(outcome.retryAfterSeconds)",
	},
	{
		name: "give-up-is-retried",
		what: "a job's own giving up is retried",
		file: settlement,
		find: 'return { state: "FAILURE", endedAt: at.endedAt, reason: "gave-up", error: outcome.error };',
		replace: "return retry(outcome.error, 0);",
	},
	{
		name: "skip-is-a-failure",
		what: "a job's skipping is recorded as a success without result",
		file: settlement,
		find: 'return { state: "SKIPPED", endedAt: at.endedAt, reason: outcome.reason };',
		replace: 'return { state: "SUCCESS", endedAt: at.endedAt, result: at.result, followUps: at.followUps };',
	},
	{
		name: "backoff-one-step-ahead",
		what: "the first retry waits as long as the second should",
		file: "shared/engine/backoff.ts",
		find: "policy.factor ** (attempt - 1)",
		replace: "policy.factor ** attempt",
	},
	{
		name: "no-jitter",
		what: "what failed together comes back together",
		file: "shared/engine/backoff.ts",
		find: '(policy.jitter === "full" ? unit : 1)',
		replace: "(unit < 0 ? unit : 1)",
	},
	{
		name: "lost-fence-goes-on",
		what: "an attempt that lost its fence sends follow-ups all the same",
		file: attempt,
		find: "if (!settled.settled) {",
		replace: "if (!settled.settled && settled.blocker === undefined) {",
	},
	{
		name: "acknowledge-before-follow-ups",
		what: "a message is acknowledged before what it owes is sent",
		file: attempt,
		find: "await sendNext(parts, calls.send, followUpsOf(untouched, record, parts.clock.now()));",
		replace: "void sendNext(parts, calls.send, followUpsOf(untouched, record, parts.clock.now())).catch(() => {});",
	},
	{
		name: "follow-ups-before-settle",
		what: "a retry's message is sent before the attempt is settled",
		file: attempt,
		find: "const expiresAt = forgottenAt(settlement.state, lastInstant(settlement));",
		replace: `const expiresAt = forgottenAt(settlement.state, lastInstant(settlement));
	await sendNext(parts, calls.send, followUpsOf(carried, { ...run, ...settlement, expiresAt, settledBy: run.fence } as never, parts.clock.now()));`,
	},
	{
		name: "spoilt-input-is-sent-on",
		what: "a retry sends on the input that the job had its hands on",
		file: attempt,
		find: "{ ...carried, message: readAgain(body, carried.message) };",
		replace: "carried;",
	},
	{
		name: "blobs-of-follow-ups-not-put",
		what: "large inputs of enqueued runs are referred to and not stored",
		file: attempt,
		find: "await Promise.all(follow.blobs.map(({ key, text }) => blobs.put(key, text)));",
		replace: "",
	},
	{
		name: "large-result-not-put",
		what: "a large result is referred to and not stored",
		file: "shared/engine/store-result.ts",
		find: "await blobs.put(key, json);",
		replace: "",
	},
	{
		name: "no-deadline",
		what: "an attempt is never told that its function ends",
		file: perform,
		find: "void at.legOver.then(",
		replace: "void new Promise<void>(() => {}).then(",
	},
	{
		name: "signal-not-aborted",
		what: "a job that listens for its signal is not told to stop",
		file: perform,
		find: "controller?.abort(why);",
		replace: "",
	},
	{
		name: "output-not-checked",
		what: "a result that does not fit its schema is taken",
		file: normalise,
		find: 'if (!validation.valid) throw outputInvalid(job, validation.problems.join("; "));',
		replace: 'if (!validation.valid) return { kind: "success", resultJson: JSON.stringify(value) };',
	},
	{
		name: "policy-classes-forgotten",
		what: "error classes that a policy retries are final all the same",
		file: "shared/engine/classify-error.ts",
		find: "if (policy.retryOn.includes(found.errorClass)) return true;",
		replace: "",
	},
];
