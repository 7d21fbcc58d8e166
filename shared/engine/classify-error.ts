/**
 * Whatever an implementation threw becomes an error of one class and the answer to "can trying again help?".
 * Order: the job's own JobError, HTTP status, well-known names and codes of the SDK and Node, else `system`, which is retried.
 */
import { type ErrorClass, finalErrorClasses, JobError } from "../job/error-class.ts";
import type { RetryPolicy } from "../job/retry-policy.ts";
import { MillraceError } from "../kernel/errors.ts";
import { cutToBytes } from "../kernel/json.ts";
import type { RunError } from "../ports/job-store.ts";

export interface ClassifiedError {
	readonly error: RunError;
	readonly retryable: boolean;
	/** The error itself speaks of something that may pass, whatever the policy makes of it. */
	readonly transient: boolean;
	readonly retryAfterSeconds?: number;
}

const messageBytesMax = 300;
const tracebackBytesMax = 600;

export function classifyError(thrown: unknown, policy: RetryPolicy): ClassifiedError {
	const found = classify(thrown);
	const error = describe(thrown, found.errorClass);
	const retryable = isRetryable(found, policy);
	const transient = isTransient(found);
	return found.retryAfterSeconds === undefined
		? { error, retryable, transient }
		: { error, retryable, transient, retryAfterSeconds: found.retryAfterSeconds };
}

export interface FoundError {
	readonly errorClass: ErrorClass;
	/** What the error itself says; undefined leaves it to the class. */
	readonly retryable?: boolean | undefined;
	readonly retryAfterSeconds?: number | undefined;
}

/** The policy wins over the error, and the error over its class. */
export function isRetryable(found: FoundError, policy: RetryPolicy): boolean {
	if (policy.neverOn.includes(found.errorClass)) return false;
	if (policy.retryOn.includes(found.errorClass)) return true;
	return isTransient(found);
}

const isTransient = ({ errorClass, retryable }: FoundError): boolean =>
	retryable ?? !finalErrorClasses.includes(errorClass);

function classify(thrown: unknown): FoundError {
	if (thrown instanceof JobError) {
		return { errorClass: thrown.errorClass, retryable: thrown.retryable, retryAfterSeconds: thrown.retryAfterSeconds };
	}
	if (thrown instanceof MillraceError) return classifyOwn(thrown);
	if (typeof thrown !== "object" || thrown === null) return { errorClass: "system" };
	const { name, code } = thrown as { name?: unknown; code?: unknown };
	if (name === "AbortError" || name === "TimeoutError" || code === "ETIMEDOUT") return { errorClass: "timeout" };
	if (typeof name === "string" && /Throttl|TooManyRequests|SlowDown|LimitExceeded/.test(name)) {
		return { errorClass: "rate-limit" };
	}
	const status = httpStatus(thrown);
	if (status !== undefined) return classifyStatus(status);
	return { errorClass: networkErrorClass(thrown) ?? "system" };
}

const unreachable =
	/^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_SOCKET)$/;
const tooSlow = /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/;

/** Who was called can't be reached or does not answer, by Node's codes: of the error, or of the cause that `fetch` wraps. */
function networkErrorClass(thrown: object): ErrorClass | undefined {
	for (const error of [thrown, (thrown as { cause?: unknown }).cause]) {
		const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
		if (typeof code !== "string") continue;
		if (tooSlow.test(code)) return "timeout";
		if (unreachable.test(code)) return "api";
	}
	return undefined;
}

function classifyOwn(error: MillraceError): FoundError {
	switch (error.code) {
		case "output-invalid":
		case "invalid-input":
		case "undeclared-enqueue":
		case "undeclared-checkpoint":
		case "checkpoint-invalid":
		case "once-invalid":
		case "batch-answers-invalid":
		case "unknown-cache-tag":
		case "follow-ups-too-large":
			return { errorClass: "validation" };
		case "attempt-deadline":
		case "soft-time-limit":
			return { errorClass: "timeout" };
		case "worker-lost":
			return { errorClass: "worker-lost" };
		default:
			return { errorClass: "system" };
	}
}

/** `status` and `statusCode` of HTTP clients, `$metadata.httpStatusCode` of the AWS SDK. */
function httpStatus(error: object): number | undefined {
	const { status, statusCode, $metadata } = error as {
		status?: unknown;
		statusCode?: unknown;
		$metadata?: { httpStatusCode?: unknown };
	};
	return [status, statusCode, $metadata?.httpStatusCode].find(
		(value): value is number => typeof value === "number" && value >= 400 && value <= 599,
	);
}

function classifyStatus(status: number): FoundError {
	if (status === 429) return { errorClass: "rate-limit" };
	if (status === 401 || status === 403) return { errorClass: "authentication" };
	if (status === 408) return { errorClass: "timeout" };
	return { errorClass: "api", retryable: status >= 500 };
}

function describe(thrown: unknown, errorClass: ErrorClass): RunError {
	if (!(thrown instanceof Error)) {
		return { excType: typeof thrown, excMessage: cutToBytes(spell(thrown), messageBytesMax), errorClass };
	}
	const excType = cutToBytes(nameOf(thrown).toWellFormed(), 100);
	const excMessage = cutToBytes(String(thrown.message).toWellFormed(), messageBytesMax);
	const frames = String(thrown.stack ?? "")
		.split("\n")
		.filter((line) => /^\s+at /.test(line))
		.slice(0, 5);
	if (frames.length === 0) return { excType, excMessage, errorClass };
	const traceback = cutToBytes(frames.map((line) => line.trim()).join("\n"), tracebackBytesMax);
	return { excType, excMessage, errorClass, traceback };
}

/** A class that never set its own name still has one. */
function nameOf(thrown: Error): string {
	if (thrown instanceof MillraceError) return thrown.code;
	return thrown.name === "Error" ? thrown.constructor.name : String(thrown.name);
}

function spell(thrown: unknown): string {
	if (typeof thrown === "string") return thrown.toWellFormed();
	try {
		return JSON.stringify(thrown) ?? String(thrown);
	} catch {
		return Object.prototype.toString.call(thrown);
	}
}
