/** What docs/ says about messages is what the code checks. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generatedDocs } from "../../scripts/generate-docs.ts";
import { jobMessageFields } from "../../shared/wire/job-message.ts";

const readDoc = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

describe("generated docs", () => {
	it.each(Object.entries(generatedDocs()))("docs/%s is up to date (else: npm run docs:generate)", (name, text) => {
		expect(readDoc(name)).toBe(text);
	});

	it("requires a job and closes the message", () => {
		const schema: unknown = JSON.parse(readDoc("message-v1.schema.json"));
		expect(schema).toMatchObject({
			$schema: "https://json-schema.org/draft/2020-12/schema",
			type: "object",
			required: ["job"],
			additionalProperties: false,
			properties: {
				job: { type: "string", minLength: 1, maxLength: 100 },
				id: { pattern: "^[A-Za-z0-9._:-]{1,128}$" },
				key: { minLength: 1, maxLength: 256 },
				priority: { minimum: 0, maximum: 9 },
			},
		});
	});

	it("gives every job's input to its name", () => {
		expect(JSON.parse(readDoc("jobs.schema.json"))).toMatchObject({
			oneOf: expect.arrayContaining([
				expect.objectContaining({
					properties: {
						job: { enum: ["detect_anomalies_task"] },
						input: { $ref: "#/$defs/detect_anomalies_task.input" },
					},
				}),
			]),
			$defs: {
				"detect_anomalies_task.input": {
					type: "object",
					required: ["pipeline_id", "pipeline_execution_id"],
					additionalProperties: false,
				},
			},
		});
	});
});

describe("docs/producers.md", () => {
	it("has a table row for each field of the message, and no other", () => {
		const rows = readDoc("producers.md").match(/^\| `[^|]+\|/gm) ?? [];
		const named = rows.flatMap((row) => row.match(/`(\w+)`/g) ?? []).map((name) => name.slice(1, -1));
		expect(named.sort()).toEqual([...jobMessageFields].sort());
	});
});
