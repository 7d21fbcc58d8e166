/** Checks a value against a job's schema: the input before every attempt, the result after it. */
import { safeParse } from "zod/v4/core";
import type { JobSchema } from "../job/define-job.ts";
import { describeIssues } from "../wire/describe-issues.ts";

export type Validation =
	/** After the schema's defaults. */
	{ readonly valid: true; readonly value: unknown } | { readonly valid: false; readonly problems: readonly string[] };

/** @param root what the value is called in the problems: `input`, `output`. */
export function validate(schema: JobSchema, value: unknown, root: string): Validation {
	try {
		const parsed = safeParse(schema, value);
		if (parsed.success) return { valid: true, value: parsed.data };
		return { valid: false, problems: describeIssues(parsed.error.issues, value, root) };
	} catch (error) {
		// A team's own refinement may throw, or be asynchronous, which no schema of a job can be: trying again would not help.
		return { valid: false, problems: [`${root}: its schema threw ${(error as Error).message}`] };
	}
}
