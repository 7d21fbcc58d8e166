/** Which HTTP status an error has. The one table of it: a code without a row does not compile. */
import type { ErrorCode } from "../kernel/errors.ts";

const BAD_REQUEST = 400;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;
const CONFLICT = 409;
const GONE = 410;
const TOO_LARGE = 413;
/** The request is understood, and what it asks for makes no sense. */
const UNPROCESSABLE = 422;
const INTERNAL = 500;
/** What the platform stands on did not answer: the same request may go well later. */
const UNAVAILABLE = 503;

export const httpStatusOf: Readonly<Record<ErrorCode, number>> = {
	"message-not-json": BAD_REQUEST,
	"message-not-an-object": BAD_REQUEST,
	"message-too-deep": BAD_REQUEST,
	"message-forbidden-key": BAD_REQUEST,
	"message-ill-formed-text": BAD_REQUEST,
	"message-unknown-field": BAD_REQUEST,
	"message-invalid-field": BAD_REQUEST,
	"message-too-large": TOO_LARGE,
	"unsupported-version": BAD_REQUEST,
	"unknown-job": UNPROCESSABLE,
	"wrong-queue-class": UNPROCESSABLE,
	"invalid-input": UNPROCESSABLE,
	"input-reference-invalid": UNPROCESSABLE,
	"input-reference-missing": UNPROCESSABLE,
	"already-expired": UNPROCESSABLE,
	"run-id-conflict": CONFLICT,
	"hop-limit": INTERNAL,
	"attempts-exhausted": INTERNAL,
	"final-error": INTERNAL,
	"gave-up": INTERNAL,
	"run-not-found": NOT_FOUND,
	"run-not-finished": CONFLICT,
	"run-failed": CONFLICT,
	"result-missing": GONE,
	"wait-timed-out": INTERNAL,
	"output-invalid": INTERNAL,
	"follow-ups-too-large": INTERNAL,
	"undeclared-enqueue": INTERNAL,
	"undeclared-checkpoint": INTERNAL,
	"checkpoint-invalid": INTERNAL,
	"once-invalid": INTERNAL,
	"batch-answers-invalid": INTERNAL,
	"unknown-cache-tag": UNPROCESSABLE,
	"soft-time-limit": INTERNAL,
	"time-limit-exceeded": INTERNAL,
	revoked: INTERNAL,
	"attempt-deadline": INTERNAL,
	"worker-lost": INTERNAL,
	"fence-lost": INTERNAL,
	"slot-lost": INTERNAL,
	"lease-held": INTERNAL,
	"catalogue-invalid": INTERNAL,
	"configuration-invalid": INTERNAL,
	"platform-not-found": INTERNAL,
	"queue-class-not-found": UNPROCESSABLE,
	"unknown-limiter": UNPROCESSABLE,
	"rate-invalid": UNPROCESSABLE,
	"no-result-cache": UNPROCESSABLE,
	"send-failed": UNAVAILABLE,
	"store-failed": UNAVAILABLE,
	"blob-failed": UNAVAILABLE,
	"queue-failed": UNAVAILABLE,
	"mapping-failed": UNAVAILABLE,
	"schedule-failed": UNAVAILABLE,
	"profile-invalid": 400,
	"schedule-invalid": UNPROCESSABLE,
	"schedule-not-found": NOT_FOUND,
	"request-invalid": BAD_REQUEST,
	"webhook-not-found": NOT_FOUND,
	"webhook-refused": UNAUTHORIZED,
	"internal-error": INTERNAL,
	"local-stack-running": INTERNAL,
	"local-stack-failed": INTERNAL,
	"template-unsupported": INTERNAL,
	"assembly-not-found": INTERNAL,
	usage: BAD_REQUEST,
};
