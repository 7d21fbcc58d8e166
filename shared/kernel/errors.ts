/**
 * The closed list of error codes and the one error class that carries them.
 * Every code is a heading in docs/errors.md (a test compares). A message says what was wrong, what was got, and what to do.
 */
export const errorCodes = [
	// Messages (docs: what a producer sent)
	"message-not-json",
	"message-not-an-object",
	"message-too-deep",
	"message-forbidden-key",
	"message-ill-formed-text",
	"message-unknown-field",
	"message-invalid-field",
	"message-too-large",
	"unsupported-version",
	"unknown-job",
	"wrong-queue-class",
	"invalid-input",
	"input-reference-invalid",
	"input-reference-missing",
	"already-expired",
	"run-id-conflict",
	"hop-limit",
	// Runs
	"attempts-exhausted",
	"final-error",
	"gave-up",
	"run-not-found",
	"run-not-finished",
	"run-failed",
	"result-missing",
	"wait-timed-out",
	"output-invalid",
	"follow-ups-too-large",
	"undeclared-enqueue",
	"undeclared-checkpoint",
	"checkpoint-invalid",
	"once-invalid",
	"batch-answers-invalid",
	"unknown-cache-tag",
	"soft-time-limit",
	"time-limit-exceeded",
	"revoked",
	"attempt-deadline",
	"worker-lost",
	"fence-lost",
	"slot-lost",
	"lease-held",
	// Catalogue and configuration
	"catalogue-invalid",
	"configuration-invalid",
	"platform-not-found",
	"queue-class-not-found",
	"unknown-limiter",
	"rate-invalid",
	"no-result-cache",
	// Outside things
	"send-failed",
	"store-failed",
	"blob-failed",
	"queue-failed",
	"mapping-failed",
	"schedule-failed",
	"profile-invalid",
	"schedule-invalid",
	"schedule-not-found",
	// HTTP API
	"request-invalid",
	"webhook-not-found",
	"webhook-refused",
	"internal-error",
	// Local runtime and command line
	"local-stack-running",
	"local-stack-failed",
	"template-unsupported",
	"assembly-not-found",
	"usage",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** An error of Millrace itself: `code` is stable and documented, `details` are safe to log and print as JSON. */
export class MillraceError extends Error {
	override readonly name = "MillraceError";
	readonly code: ErrorCode;
	readonly details: Readonly<Record<string, unknown>>;

	constructor(
		code: ErrorCode,
		message: string,
		options: { readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
	) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.details = options.details ?? {};
	}
}

/** For the end of a switch over a closed union: a new member becomes a compile error here. */
export function assertNever(value: never): never {
	throw new Error(`Unreachable: ${JSON.stringify(value)}`);
}

/** A condition that only a programming error can break. */
export function invariant(condition: unknown, what: string): asserts condition {
	if (!condition) throw new Error(`Invariant broken: ${what}`);
}
