/**
 * The part of a run's row that is particular to its state, as one JSON text: a write then replaces it whole, so no statement has to
 * remove an attribute (PartiQL dialects disagree on REMOVE), and no marshalling of nested values costs CPU.
 * An inline result follows on the second line, where it is not escaped a second time: JSON texts made here have no line break.
 */
import * as z from "zod/mini";
import { errorClasses } from "../job/error-class.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import { runId } from "../kernel/ids.ts";
import { lazily } from "../kernel/lazily.ts";
import { epochMs } from "../kernel/time.ts";
import type { RunRecord, Settlement, StoredResult } from "../ports/job-store.ts";
import { jobMessageSchema } from "../wire/job-message.ts";

/** Only rows that stand in the way of a claim are read by a worker: most invocations need none of this. */
const schemas = lazily(() => {
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

	const blobSchema = z.strictObject({ kind: z.literal("blob"), key: z.string(), bytes: z.number() });
	const storedSchema = z.union([z.strictObject({ kind: z.literal("inline"), json: z.string() }), blobSchema]);

	const foundSchema = z.strictObject({
		state: z.enum(["STARTED", "PROGRESS", "RETRY", "LEG"]),
		since: instant,
		seenAt: instant,
	});

	const details = {
		PROGRESS: z.strictObject({ progress: progressSchema }),
		RETRY: z.strictObject({ endedAt: instant, error: errorSchema, nextAttemptAt: instant }),
		LEG: z.strictObject({ endedAt: instant, progress: z.exactOptional(progressSchema) }),
		SUCCESS: z.strictObject({
			endedAt: instant,
			result: z.union([z.strictObject({ kind: z.literal("inline") }), blobSchema]),
			followUps: z.array(followUpSchema),
			progress: z.exactOptional(progressSchema),
			cachedFrom: z.exactOptional(z.pipe(z.string(), z.transform(runId))),
		}),
		// Any text as reason: after a rollback the code that wrote it may be newer than this one.
		FAILURE: z.strictObject({ endedAt: instant, reason: z.string(), error: errorSchema }),
		REVOKED: z.strictObject({ endedAt: instant, reason: z.string() }),
		SKIPPED: z.strictObject({ endedAt: instant, reason: z.string(), found: z.exactOptional(foundSchema) }),
	};
	return { details, stored: storedSchema };
});

const withResult = (details: string, json: string): string => `${details}\n${json}`;

function splitResult(text: string): { readonly details: string; readonly json: string } {
	const end = text.indexOf("\n");
	return end < 0 ? { details: text, json: "" } : { details: text.slice(0, end), json: text.slice(end + 1) };
}

export function writeSettlement(settlement: Settlement): string {
	switch (settlement.state) {
		case "SUCCESS": {
			const { endedAt, result, followUps, progress, cachedFrom } = settlement;
			// JSON.stringify leaves out what is undefined.
			return result.kind === "inline"
				? withResult(
						JSON.stringify({ endedAt, result: { kind: "inline" }, followUps, progress, cachedFrom }),
						result.json,
					)
				: JSON.stringify({ endedAt, result, followUps, progress, cachedFrom });
		}
		case "RETRY": {
			const { endedAt, error, nextAttemptAt } = settlement;
			return JSON.stringify({ endedAt, error, nextAttemptAt });
		}
		case "LEG": {
			// The number of the next leg is part of the state's spelling.
			const { endedAt, progress } = settlement;
			return JSON.stringify({ endedAt, progress });
		}
		case "FAILURE": {
			const { endedAt, reason, error } = settlement;
			return JSON.stringify({ endedAt, reason, error });
		}
		case "REVOKED":
			return JSON.stringify({ endedAt: settlement.endedAt, reason: settlement.reason });
		case "SKIPPED": {
			const { endedAt, reason, found } = settlement;
			return JSON.stringify({ endedAt, reason, found });
		}
	}
}

/** "" for a run that has just started: there is nothing to tell. */
export function writeDetails(record: RunRecord): string {
	if (record.state === "STARTED") return "";
	if (record.state === "PROGRESS") return JSON.stringify({ progress: record.progress });
	return writeSettlement(record);
}

export const readProgress = (details: string) => schemas().details.PROGRESS.parse(JSON.parse(details)).progress;

/** All of a LEG but the number of the next one. @throws when the text is not what `writeSettlement` wrote. */
export const readLeg = (details: string): Omit<Extract<Settlement, { state: "LEG" }>, "nextLeg"> => ({
	state: "LEG",
	...schemas().details.LEG.parse(JSON.parse(details)),
});

export const writeStored = (stored: StoredResult): string => JSON.stringify(stored);

/** @throws when the text is not what `writeStored` wrote. */
export const readStored = (text: string | undefined): StoredResult | undefined =>
	text === undefined || text === "" ? undefined : schemas().stored.parse(JSON.parse(text));

/** @throws when the text is not what `writeSettlement` wrote for that state. */
export function readSettlement(state: Exclude<Settlement["state"], "LEG">, text: string): Settlement {
	const { details, json } = splitResult(text);
	const value: unknown = JSON.parse(details);
	switch (state) {
		case "RETRY":
			return { state, ...schemas().details.RETRY.parse(value) };
		case "SUCCESS": {
			const { result, ...rest } = schemas().details.SUCCESS.parse(value);
			return { state, ...rest, result: result.kind === "inline" ? { kind: "inline", json } : result };
		}
		case "FAILURE": {
			const { reason, ...rest } = schemas().details.FAILURE.parse(value);
			return { state, ...rest, reason: reason as ErrorCode };
		}
		case "REVOKED":
			return { state, ...schemas().details.REVOKED.parse(value) };
		case "SKIPPED":
			return { state, ...schemas().details.SKIPPED.parse(value) };
	}
}
