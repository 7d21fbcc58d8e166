/** The closed list of error classes: what kind of thing went wrong, which decides whether trying again can help. */

export const errorClasses = [
	"validation",
	"configuration",
	"authentication",
	"rate-limit",
	"api",
	"database",
	"timeout",
	"worker-lost",
	"system",
] as const;

export type ErrorClass = (typeof errorClasses)[number];

/** Classes that no retry can mend, unless a job's policy says otherwise. An `api` error is final on 4xx, see `classifyError`. */
export const finalErrorClasses: readonly ErrorClass[] = ["validation", "configuration", "authentication"];

/** The name shown as `exc_type` for an error of each class, when the error has no name of its own. */
export const errorTypeNames: Readonly<Record<ErrorClass, string>> = {
	validation: "ValidationError",
	configuration: "ConfigurationError",
	authentication: "AuthenticationError",
	"rate-limit": "RateLimitError",
	api: "ApiError",
	database: "DatabaseError",
	timeout: "TimeoutError",
	"worker-lost": "WorkerLostError",
	system: "SystemError",
};

export interface JobErrorOptions {
	readonly cause?: unknown;
	/** Try again no sooner than this; the retry policy's own delay is used when it is longer. Not negative. */
	readonly retryAfterSeconds?: number;
	/** Overrides what the class says: `false` never retried, `true` retried within the policy. */
	readonly retryable?: boolean;
}

/** What an implementation throws to say which class of error it met. Anything else thrown is classified by `classifyError`. */
export class JobError extends Error {
	readonly errorClass: ErrorClass;
	readonly retryAfterSeconds: number | undefined;
	readonly retryable: boolean | undefined;

	constructor(errorClass: ErrorClass, message: string, options: JobErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = errorTypeNames[errorClass];
		this.errorClass = errorClass;
		this.retryAfterSeconds = options.retryAfterSeconds;
		this.retryable = options.retryable;
	}
}
