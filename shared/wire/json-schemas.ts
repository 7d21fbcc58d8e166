/** JSON Schema (draft 2020-12) of what producers send and read, generated from the zod schemas that check it. */
import * as z from "zod/mini";
import type { JobDefinition } from "../job/define-job.ts";
import { jobMessageSchema } from "./job-message.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Contract v1: the body of a message. */
export const messageSchema = (): JsonSchema => ({
	$id: "message-v1.schema.json",
	title: "Millrace message, contract v1",
	...schemaOf(jobMessageSchema, "input"),
});

/** What a producer passes as a job's input (before defaults) and reads as its result. */
export const jobSchemas = (job: JobDefinition): { readonly input: JsonSchema; readonly output: JsonSchema } => ({
	input: schemaOf(job.input, "input"),
	output: schemaOf(job.output, "output"),
});

/** What JSON Schema has no words for (a refinement, a transform) is left open: the worker still checks it. */
function schemaOf(schema: JobDefinition["input"], io: "input" | "output"): JsonSchema {
	const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
	return { $schema, ...rest };
}
