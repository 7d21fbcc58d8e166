/** Writes what docs/ says of messages and of costs from the code that checks and counts them: `npm run docs:generate`. A test fails while they are stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { catalogue } from "../shared/catalogue/catalogue.ts";
import { jobsSchema, messageSchema } from "../shared/wire/json-schemas.ts";
import { openApiDocument } from "../shared/wire/open-api.ts";
import { costPage } from "./cost/cost-page.ts";

const project = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
	readonly version: string;
};

const asText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

/** Generated files by their path below docs/. */
export const generatedDocs = (): Readonly<Record<string, string>> => ({
	"message-v1.schema.json": asText(messageSchema()),
	"jobs.schema.json": asText(jobsSchema(catalogue.jobs)),
	"openapi.json": asText(openApiDocument(project.version)),
	"cost.md": costPage(),
});

if (import.meta.main) {
	for (const [name, text] of Object.entries(generatedDocs())) {
		writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
		console.log(`docs/${name}`);
	}
}
