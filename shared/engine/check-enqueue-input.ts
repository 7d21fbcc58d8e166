/** Whether an input can travel at all, and whether it is the job's: what a producer learns before anything is sent. Pure. */
import type { JobDefinition } from "../job/define-job.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import { MESSAGE_DEPTH_MAX } from "../kernel/limits.ts";
import { showValue } from "../kernel/show-value.ts";
import { toJson, type ValueFlaw } from "../kernel/to-json.ts";
import { appendToPath } from "../wire/describe-issues.ts";
import { validate } from "./validate-input.ts";

/**
 * The input as JSON, unchanged by the schema: the worker applies its defaults. What is checked is exactly what is sent.
 * @throws MillraceError `invalid-input`, `message-too-deep`, `message-forbidden-key`, `message-ill-formed-text`
 */
export function checkEnqueueInput(job: JobDefinition, value: unknown): Json {
	// The message itself is one level.
	const copied = toJson(value, MESSAGE_DEPTH_MAX - 1);
	if (!copied.ok) throw flawError(job.name, copied.flaw, copied.path.reduce<string>(appendToPath, "input"));
	const checked = validate(job.input, copied.json, "input");
	if (checked.valid) return copied.json;
	const { problems } = checked;
	throw new MillraceError("invalid-input", `The input does not fit job ${job.name}:\n- ${problems.join("\n- ")}`, {
		details: { job: job.name, problems },
	});
}

/** A flaw in what is to be sent, as the error that names it. `path` says where: `input.rows[3]`. */
export function flawError(job: string, flaw: ValueFlaw, path: string): MillraceError {
	const where = path.toWellFormed();
	switch (flaw.kind) {
		case "too-deep":
			return new MillraceError(
				"message-too-deep",
				`The input of ${job} is nested more than ${flaw.depthMax} levels deep, or contains itself. Flatten it.`,
				{ details: { job, depthMax: flaw.depthMax } },
			);
		case "forbidden-key":
			return new MillraceError(
				"message-forbidden-key",
				`${where} has the key "${flaw.key}", which no message may hold. Rename it.`,
				{ details: { job, path: where } },
			);
		case "ill-formed-text":
			return new MillraceError(
				"message-ill-formed-text",
				`${where} holds half of a surrogate pair, which is no character. Repair the text, for example with toWellFormed().`,
				{ details: { job, path: where } },
			);
		case "not-json": {
			const problem = `${where}: can't be sent as JSON; got ${showValue(flaw.value)}. Convert it first, a date to an ISO text for example.`;
			return new MillraceError("invalid-input", `The input of ${job} is no JSON value:\n- ${problem}`, {
				details: { job, problems: [problem] },
			});
		}
	}
}
