/** Step 7: what an implementation returned or threw becomes one of four plain outcomes; a result is checked and turned into JSON here. */
import type { JobDefinition } from "../job/define-job.ts";
import { isOutcome, type Outcome, outcomeKind } from "../job/outcome.ts";
import { assertNever, MillraceError } from "../kernel/errors.ts";
import { cutToBytes } from "../kernel/json.ts";
import type { RunError } from "../ports/job-store.ts";
import { type ClassifiedError, classifyError } from "./classify-error.ts";
import { validate } from "./validate-input.ts";

export type AttemptOutcome =
	| { readonly kind: "success"; readonly resultJson: string }
	| ({ readonly kind: "error" } & ClassifiedError)
	/** The job's own "not yet": retried after its own time, within the policy's number. */
	| { readonly kind: "retry-after"; readonly error: RunError; readonly afterSeconds: number }
	| { readonly kind: "give-up"; readonly error: RunError }
	| { readonly kind: "skip"; readonly reason: string }
	| { readonly kind: "revoked"; readonly reason: string }
	| { readonly kind: "time-limit"; readonly error: RunError }
	| { readonly kind: "next-leg" };

/** `stillRunning`: it was told to stop, and has not. */
export type Performed =
	| { readonly how: "returned"; readonly value: unknown }
	| { readonly how: "threw"; readonly error: unknown; readonly stillRunning?: true }
	| { readonly how: "revoked"; readonly reason: string; readonly stillRunning?: true }
	| { readonly how: "time-limit"; readonly error: MillraceError; readonly stillRunning?: true }
	/** Its time was over before it began. */
	| { readonly how: "too-late"; readonly error: MillraceError }
	| { readonly how: "next-leg" };

/** Never throws, whatever was thrown or returned: a proxy, an error whose getters throw, an outcome of no kind. */
export function normaliseOutcome(job: JobDefinition, performed: Performed): AttemptOutcome {
	try {
		return normalise(job, performed);
	} catch {
		const { how } = performed;
		const error = answered(
			"UnreadableOutcome",
			`What ${job.name} ${how} can't be read: looking at it throws, or it is no outcome.`,
		);
		return { kind: "error", error, retryable: true, transient: false };
	}
}

function normalise(job: JobDefinition, performed: Performed): AttemptOutcome {
	switch (performed.how) {
		case "threw":
			return { kind: "error", ...classifyError(performed.error, job.retry) };
		case "revoked":
			return { kind: "revoked", reason: cut(performed.reason) };
		case "time-limit":
		case "too-late":
			return {
				kind: "time-limit",
				error: { excType: "TimeLimitExceeded", excMessage: cut(performed.error.message), errorClass: "timeout" },
			};
		case "next-leg":
			return { kind: "next-leg" };
		case "returned":
			return normaliseReturned(job, performed);
	}
}

function normaliseReturned(job: JobDefinition, performed: Extract<Performed, { how: "returned" }>): AttemptOutcome {
	if (!isOutcome(performed.value)) return normaliseResult(job, performed.value);
	const outcome: Outcome<unknown> = performed.value;
	const kind = outcomeKind(outcome);
	switch (kind) {
		case "succeed":
			return normaliseResult(job, (outcome as { result: unknown }).result);
		case "retry-after": {
			const { afterSeconds, reason } = outcome as Extract<Outcome<unknown>, { afterSeconds: number }>;
			return { kind: "retry-after", error: answered("RetryAfter", reason), afterSeconds };
		}
		case "give-up":
			return { kind: "give-up", error: answered("GaveUp", (outcome as { reason: string }).reason) };
		case "skip":
			return { kind: "skip", reason: cut((outcome as { reason: string }).reason) };
		default:
			return assertNever(kind);
	}
}

const reasonBytesMax = 300;
const cut = (reason: unknown): string => cutToBytes(String(reason).toWellFormed(), reasonBytesMax);
const answered = (excType: string, reason: string): RunError => ({
	excType,
	excMessage: cut(reason),
	errorClass: "system",
});

function normaliseResult(job: JobDefinition, value: unknown): AttemptOutcome {
	try {
		const validation = validate(job.output, value, "output");
		if (!validation.valid) throw outputInvalid(job, validation.problems.join("; "));
		return { kind: "success", resultJson: JSON.stringify(validation.value) ?? "null" };
	} catch (thrown) {
		// JSON.stringify throws on BigInt and on cycles: as final as a schema's refusal.
		const error = thrown instanceof MillraceError ? thrown : outputInvalid(job, (thrown as Error).message);
		return { kind: "error", ...classifyError(error, job.retry) };
	}
}

const outputInvalid = (job: JobDefinition, problems: string): MillraceError =>
	new MillraceError(
		"output-invalid",
		`The result of ${job.name} does not fit its output schema: ${problems}. Mend the implementation or the schema.`,
	);
