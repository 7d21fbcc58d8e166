/**
 * Step 1: a message body becomes a job message, or a refusal that says what is wrong with it.
 * A refused message is never retried: nothing about it can change.
 */
import { safeParse } from "zod/v4/core";
import type { ErrorCode } from "../kernel/errors.ts";
import { RUN_ID_PATTERN } from "../kernel/ids.ts";
import { cutToBytes, findJsonFlaw } from "../kernel/json.ts";
import { MESSAGE_DEPTH_MAX } from "../kernel/limits.ts";
import { nearestNames } from "../kernel/nearest-names.ts";
import { describeIssues } from "../wire/describe-issues.ts";
import { type JobMessage, jobMessageFields, jobMessageSchema, producerFields } from "../wire/job-message.ts";

/** What could be made out of a body that is refused, so that its run can still be named. */
export interface Readable {
	readonly fields: Readonly<Record<string, unknown>>;
	readonly id: string | undefined;
	readonly key: string | undefined;
	readonly job: string | undefined;
}

export interface Refusal {
	readonly reason: ErrorCode;
	/** What was wrong, what was got, what to do. */
	readonly message: string;
	/** Absent when the body is no sound JSON object. */
	readonly readable?: Readable;
	/** A worker sent it on, so a newer version of this one may know what it means: while a deploy goes on both are at work. */
	readonly perhapsNewer?: true;
}

export type ParsedMessage =
	| { readonly refused: false; readonly message: JobMessage }
	| { readonly refused: true; readonly refusal: Refusal };

export function parseMessage(body: string): ParsedMessage {
	let value: unknown;
	try {
		value = JSON.parse(body);
	} catch (error) {
		const mark = body.startsWith("\uFEFF") ? "a byte order mark and " : "";
		const got = body.length === 0 ? "an empty body" : `${mark}"${body.slice(0, 80)}"`;
		return refuse("message-not-json", `The body must be JSON: ${(error as Error).message}; got ${got}`);
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		const got = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
		return refuse(
			"message-not-an-object",
			`The body must be a JSON object such as {"job": "…", "input": {…}}; got ${got}`,
		);
	}
	const flaw = findJsonFlaw(value, MESSAGE_DEPTH_MAX);
	switch (flaw?.kind) {
		case "too-deep":
			return refuse(
				"message-too-deep",
				`The body may nest at most ${MESSAGE_DEPTH_MAX} levels; this one is deeper. Send large structures by reference.`,
			);
		case "forbidden-key":
			return refuse("message-forbidden-key", `The key "${flaw.key}" is not allowed anywhere in a message; rename it.`);
		case "ill-formed-text":
			return refuse(
				"message-ill-formed-text",
				"A text in the body holds a lone surrogate, which no UTF-8 store can keep; encode it as proper Unicode or base64.",
			);
		case undefined:
	}
	const fields = value as Record<string, unknown>;
	const readable: Readable = {
		fields,
		id: typeof fields["id"] === "string" && RUN_ID_PATTERN.test(fields["id"]) ? fields["id"] : undefined,
		key: typeof fields["key"] === "string" ? fields["key"] : undefined,
		job: typeof fields["job"] === "string" ? fields["job"] : undefined,
	};

	const unknownFields = Object.keys(fields).filter((field) => !jobMessageFields.includes(field));
	if (unknownFields.length > 0) {
		const named = unknownFields.slice(0, 5).map((field) => {
			const [meant] = nearestNames(field, producerFields, 1);
			return `"${cutToBytes(field, 80)}"${meant === undefined ? "" : ` (did you mean "${meant}"?)`}`;
		});
		return refuseUnlessNewer(
			"message-unknown-field",
			`Unknown field ${named.join(", ")}; a message has ${producerFields.join(", ")}. What is for the job goes inside "input".`,
			readable,
		);
	}
	if (fields["v"] !== undefined && fields["v"] !== 1) {
		return refuseUnlessNewer(
			"unsupported-version",
			`This worker reads contract version 1; got ${JSON.stringify(fields["v"]).slice(0, 80)}`,
			readable,
		);
	}
	const parsed = safeParse(jobMessageSchema, fields);
	if (!parsed.success) {
		return refuse("message-invalid-field", describeIssues(parsed.error.issues, fields, "message").join("; "), readable);
	}
	if (parsed.data.input !== undefined && parsed.data.inputRef !== undefined) {
		return refuse("message-invalid-field", "message: has both input and inputRef; send one of them", readable);
	}
	return { refused: false, message: parsed.data };
}

function refuse(reason: ErrorCode, message: string, readable?: Readable): ParsedMessage {
	return { refused: true, refusal: readable === undefined ? { reason, message } : { reason, message, readable } };
}

function refuseUnlessNewer(reason: ErrorCode, message: string, readable: Readable): ParsedMessage {
	const { hops } = readable.fields;
	const sentOn = typeof hops === "number" && Number.isInteger(hops) && hops > 0;
	return { refused: true, refusal: { reason, message, readable, ...(sentOn ? { perhapsNewer: true } : {}) } };
}

/** A refusal of a message that was read: its run can be named and its body pinned. */
export function withReadable(refusal: Refusal, message: JobMessage): Refusal {
	return { ...refusal, readable: { fields: message, id: message.id, key: message.key, job: message.job } };
}
