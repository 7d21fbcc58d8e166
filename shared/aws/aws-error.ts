/** How a failed AWS call becomes an error of ours: one sentence that names the call and what it was told, the SDK's error as cause. */
import { type ErrorCode, MillraceError } from "../kernel/errors.ts";

/** The SDK's name of an error, such as `ConditionalCheckFailedException`; "Error" for anything else. */
export const nameOfError = (error: unknown): string => (error instanceof Error ? error.name : "Error");

export function describeError(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	// A refused connection to a name with several addresses is an AggregateError without a message of its own.
	const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
	return [error.name, error.message === "" ? code : error.message].filter((part) => part !== undefined).join(": ");
}

/** @param what The call and its object: "DynamoDB PutItem on table runs". */
export function awsFailure(code: ErrorCode, what: string, error: unknown): MillraceError {
	return new MillraceError(code, `${what} failed: ${describeError(error)}`, { cause: error });
}
