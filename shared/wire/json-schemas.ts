/** JSON Schema (draft 2020-12) of what producers send and read, generated from the zod schemas that check it. */
import * as z from "zod/mini";
import type { JobDefinition } from "../job/define-job.ts";
import { jobMessageSchema } from "./job-message.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** Contract v1: the body of a message. */
export const messageSchema = (): JsonSchema => ({
	$schema: DIALECT,
	$id: "message-v1.schema.json",
	title: "Millrace message, contract v1",
	...schemaOf(jobMessageSchema, "input"),
});

/** What a producer passes as a job's input (before defaults) and reads as its result. */
export const jobSchemas = (job: JobDefinition): { readonly input: JsonSchema; readonly output: JsonSchema } => ({
	input: schemaOf(job.input, "input"),
	output: schemaOf(job.output, "output"),
});

/** All jobs: which input belongs to which job in a message, and each schema under `$defs`. */
export function jobsSchema(jobs: readonly JobDefinition[]): JsonSchema {
	const definitions = jobs.flatMap((job): [string, JsonSchema][] => {
		const { input, output } = jobSchemas(job);
		return [
			[`${job.name}.input`, input],
			[`${job.name}.output`, output],
		];
	});
	return {
		$schema: DIALECT,
		$id: "jobs.schema.json",
		title: "The jobs of this platform: which input a message for each may hold",
		type: "object",
		required: ["job"],
		oneOf: jobs.map((job) => ({
			title: job.name,
			description: `${job.description} Queue: ${job.queueClass.name}.`,
			properties: {
				job: { enum: [job.name, ...job.aliases] },
				input: { $ref: `#/$defs/${job.name}.input` },
			},
		})),
		$defs: Object.fromEntries(definitions),
	};
}

/** What JSON Schema has no words for (a refinement, a transform) is left open: the worker still checks it. */
function schemaOf(schema: JobDefinition["input"], io: "input" | "output"): JsonSchema {
	const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
	return rest;
}
