/**
 * From (job, input, options) to the message that is sent, checked so that no worker will refuse it. Pure: producers and `ctx.enqueue`
 * share it. Promises: what it returns passes contract v1 and the job's input schema. Leaves to others: sending, and putting the blob.
 */

import { safeParse } from "zod/v4/core";
import type { JobDefinition } from "../job/define-job.ts";
import { type Routing, routeRun } from "../job/route-run.ts";
import { MillraceError } from "../kernel/errors.ts";
import { type RunId, runId, runIdFromKey } from "../kernel/ids.ts";
import { type Json, toMessageText, utf8Bytes } from "../kernel/json.ts";
import { INPUT_BYTES_MAX, MESSAGE_DEPTH_MAX } from "../kernel/limits.ts";
import { nearestNames } from "../kernel/nearest-names.ts";
import { showValue } from "../kernel/show-value.ts";
import type { EpochMs } from "../kernel/time.ts";
import { toJson } from "../kernel/to-json.ts";
import { appendToPath, describeIssues } from "../wire/describe-issues.ts";
import { type JobMessage, jobMessageSchema } from "../wire/job-message.ts";
import { checkEnqueueInput, flawError } from "./check-enqueue-input.ts";
import { type EnqueueOptions, refuseUnknownOptions } from "./enqueue-options.ts";
import { resolveEnqueueTimes } from "./enqueue-times.ts";

/** What of a catalogue is needed here. */
export interface JobDirectory {
	readonly jobs: readonly JobDefinition[];
	findJob(name: string): JobDefinition | undefined;
}

export interface EnqueueRequest {
	readonly catalogue: JobDirectory & Routing;
	readonly now: EpochMs;
	/** A definition, or a wire name or alias. */
	readonly job: string | JobDefinition;
	readonly input: unknown;
	readonly options: EnqueueOptions;
	/** The tick of a schedule that the run stands for. */
	readonly schedule?: JobMessage["schedule"];
	/** The id of a run that was given neither id nor key. */
	readonly fallbackId: RunId;
}

export interface BuiltMessage {
	readonly queueClass: string;
	/** With the input in it, whatever its size, and under the job's current name. */
	readonly message: JobMessage & { readonly id: RunId };
	/** For SQS, 0–900. */
	readonly delaySeconds: number;
	/** The input alone, as message text. */
	readonly inputJson: string;
}

/**
 * @throws MillraceError `unknown-job`, `invalid-input`, `message-too-deep`, `message-forbidden-key`, `message-ill-formed-text`,
 * `message-invalid-field`, `message-unknown-field`, `message-too-large`, `already-expired`.
 */
export function buildEnqueue(request: EnqueueRequest): BuiltMessage {
	const job = findJob(request.catalogue, request.job);
	refuseUnknownOptions(request.options);
	const { input, inputJson } = checkSendable(job, request.input);
	const { delaySeconds, ...times } = resolveEnqueueTimes(request.options, request.now);
	const { id, key, tenant, priority, headers, trace, queueClass } = request.options;
	const message = checkMessage(
		{
			v: 1,
			job: job.name,
			input,
			id: id ?? (key === undefined ? request.fallbackId : keyedId(job.name, key)),
			...definedOnly({ key, tenant, ...times, priority, trace, headers, schedule: request.schedule }),
		},
		job.name,
	);
	return {
		queueClass: routeRun(
			request.catalogue,
			job,
			{ job: job.name, input, tenant, priority, headers: headers ?? {} },
			queueClass,
		),
		message: { ...message, id: runId(message.id) },
		delaySeconds,
		inputJson,
	};
}

/** The input as it may be sent, and its text. @throws MillraceError as `checkEnqueueInput`, and `message-too-large` */
export function checkSendable(
	job: JobDefinition,
	value: unknown,
): { readonly input: Json; readonly inputJson: string } {
	const input = checkEnqueueInput(job, value);
	const inputJson = toMessageText(input);
	if (utf8Bytes(inputJson) > INPUT_BYTES_MAX) {
		throw new MillraceError(
			"message-too-large",
			`The input of ${job.name} has ${utf8Bytes(inputJson)} bytes as JSON; at most ${INPUT_BYTES_MAX} are taken. Store the data yourself and pass a reference to it.`,
			{ details: { job: job.name, bytes: utf8Bytes(inputJson), bytesMax: INPUT_BYTES_MAX } },
		);
	}
	return { input, inputJson };
}

/** @throws MillraceError `unknown-job` that suggests the nearest names. */
export function findJob(catalogue: JobDirectory, job: string | JobDefinition): JobDefinition {
	const name = typeof job === "string" ? job : job.name;
	const found = catalogue.findJob(name);
	if (found !== undefined) return found;
	const near = nearestNames(
		name,
		catalogue.jobs.map((known) => known.name),
	);
	const hint =
		near.length === 0
			? "Add it to the catalogue, or list the jobs with `millrace jobs`."
			: `Did you mean ${near.join(" or ")}?`;
	throw new MillraceError("unknown-job", `The catalogue has no job ${showValue(name)}. ${hint}`, {
		details: { job: name, near },
	});
}

/** The id of a key that may still turn out to be no text: then the message's own check says so. */
const keyedId = (job: string, key: unknown): RunId => runIdFromKey(job, typeof key === "string" ? key : "");

/** @throws MillraceError `message-invalid-field` and what `flawError` names */
export function checkMessage(fields: Readonly<Record<string, unknown>>, job: string): JobMessage & { id: string } {
	const { input: _, ...rest } = fields;
	// What is no JSON at all is left to the schema, which names the field's own type.
	const copied = toJson(rest, MESSAGE_DEPTH_MAX);
	if (!copied.ok && copied.flaw.kind !== "not-json") {
		throw flawError(job, copied.flaw, copied.path.reduce<string>(appendToPath, "message"));
	}
	const parsed = safeParse(jobMessageSchema, fields);
	if (parsed.success && parsed.data.id !== undefined) return { ...parsed.data, id: parsed.data.id };
	const problems = parsed.success ? ["message.id: is missing"] : describeIssues(parsed.error.issues, fields, "message");
	throw new MillraceError("message-invalid-field", `The message breaks contract v1:\n- ${problems.join("\n- ")}`, {
		details: { problems },
	});
}

function definedOnly(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
