/**
 * The part of a run's row that is particular to its state, as one JSON text: a write then replaces it whole, so no statement has to
 * remove an attribute (PartiQL dialects disagree on REMOVE), and no marshalling of nested values costs CPU.
 * An inline result is not part of it: it stands in an attribute of its own, where it is not escaped a second time.
 */
import * as z from "zod/mini";
import { errorClasses } from "../job/error-class.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import { epochMs } from "../kernel/time.ts";
import type { RunRecord, Settlement } from "../ports/job-store.ts";
import { jobMessageSchema } from "../wire/job-message.ts";

const instant = z.pipe(z.number(), z.transform(epochMs));

const progressSchema = z.strictObject({
	status: z.exactOptional(z.string()),
	current_step: z.exactOptional(z.string()),
	progress: z.exactOptional(z.number()),
	stage: z.exactOptional(z.string()),
	step: z.exactOptional(z.number()),
	total: z.exactOptional(z.number()),
});

const errorSchema = z.strictObject({
	excType: z.string(),
	excMessage: z.string(),
	errorClass: z.enum(errorClasses),
	traceback: z.exactOptional(z.string()),
});

const followUpSchema = z.strictObject({
	queueClass: z.string(),
	delaySeconds: z.number(),
	message: z.extend(jobMessageSchema, { id: z.string() }),
});

const detailsSchemas = {
	PROGRESS: z.strictObject({ progress: progressSchema }),
	RETRY: z.strictObject({ endedAt: instant, error: errorSchema, nextAttemptAt: instant }),
	SUCCESS: z.strictObject({
		endedAt: instant,
		result: z.union([
			z.strictObject({ kind: z.literal("inline") }),
			z.strictObject({ kind: z.literal("blob"), key: z.string(), bytes: z.number() }),
		]),
		followUps: z.array(followUpSchema),
		progress: z.exactOptional(progressSchema),
	}),
	// Any text as reason: after a rollback the code that wrote it may be newer than this one.
	FAILURE: z.strictObject({ endedAt: instant, reason: z.string(), error: errorSchema }),
	REVOKED: z.strictObject({ endedAt: instant, reason: z.string() }),
	SKIPPED: z.strictObject({ endedAt: instant, reason: z.string() }),
};

/** What the two attributes `dt` and `rs` hold. */
export interface DetailTexts {
	readonly details: string;
	readonly result: string;
}

const noDetails: DetailTexts = { details: "", result: "" };

export function writeSettlement(settlement: Settlement): DetailTexts {
	switch (settlement.state) {
		case "SUCCESS": {
			const { endedAt, result, followUps, progress } = settlement;
			// JSON.stringify leaves out an undefined progress.
			return result.kind === "inline"
				? { details: JSON.stringify({ endedAt, result: { kind: "inline" }, followUps, progress }), result: result.json }
				: { details: JSON.stringify({ endedAt, result, followUps, progress }), result: "" };
		}
		case "RETRY": {
			const { endedAt, error, nextAttemptAt } = settlement;
			return { details: JSON.stringify({ endedAt, error, nextAttemptAt }), result: "" };
		}
		case "FAILURE": {
			const { endedAt, reason, error } = settlement;
			return { details: JSON.stringify({ endedAt, reason, error }), result: "" };
		}
		case "REVOKED":
		case "SKIPPED":
			return { details: JSON.stringify({ endedAt: settlement.endedAt, reason: settlement.reason }), result: "" };
	}
}

export function writeDetails(record: RunRecord): DetailTexts {
	if (record.state === "STARTED") return noDetails;
	if (record.state === "PROGRESS") return { details: JSON.stringify({ progress: record.progress }), result: "" };
	return writeSettlement(record);
}

export const readProgress = (texts: DetailTexts) => detailsSchemas.PROGRESS.parse(JSON.parse(texts.details)).progress;

/** @throws when the texts are not what `writeSettlement` wrote for that state. */
export function readSettlement(state: Settlement["state"], texts: DetailTexts): Settlement {
	const value: unknown = JSON.parse(texts.details);
	switch (state) {
		case "RETRY":
			return { state, ...detailsSchemas.RETRY.parse(value) };
		case "SUCCESS": {
			const { result, ...details } = detailsSchemas.SUCCESS.parse(value);
			return { state, ...details, result: result.kind === "inline" ? { kind: "inline", json: texts.result } : result };
		}
		case "FAILURE": {
			const { reason, ...details } = detailsSchemas.FAILURE.parse(value);
			return { state, ...details, reason: reason as ErrorCode };
		}
		case "REVOKED":
		case "SKIPPED":
			return { state, ...detailsSchemas[state].parse(value) };
	}
}
