/** Writes the JSON Schemas in docs/ from the code that checks messages: `npm run docs:generate`. A test fails while they are stale. */
import { writeFileSync } from "node:fs";
import { catalogue } from "../shared/catalogue/catalogue.ts";
import { jobsSchema, messageSchema } from "../shared/wire/json-schemas.ts";

const asText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

/** Generated files by their path below docs/. */
export const generatedDocs = (): Readonly<Record<string, string>> => ({
	"message-v1.schema.json": asText(messageSchema()),
	"jobs.schema.json": asText(jobsSchema(catalogue.jobs)),
});

if (import.meta.main) {
	for (const [name, text] of Object.entries(generatedDocs())) {
		writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
		console.log(`docs/${name}`);
	}
}
