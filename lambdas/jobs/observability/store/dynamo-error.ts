/** DynamoDB's errors as the job's own: class `database`, retried, but for those that no repetition mends. */
import { JobError } from "../../../../shared/job/index.ts";

/** The request itself is wrong (an item too large, above all), or there is no such table. */
const finalNames: readonly string[] = ["ValidationException", "ResourceNotFoundException"];

export function toJobError(error: unknown, what: string, table: string): JobError {
	if (error instanceof JobError) return error;
	const name = error instanceof Error ? error.name : "unknown error";
	const message = error instanceof Error ? error.message : String(error);
	return new JobError("database", `DynamoDB refused a ${what} on table ${table}: ${name}: ${message}`, {
		cause: error,
		...(finalNames.includes(name) ? { retryable: false } : {}),
	});
}
