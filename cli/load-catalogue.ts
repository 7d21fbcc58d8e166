/** The catalogue that a command works with: of `--catalogue FILE`, else of the project. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import { usage } from "./command-context.ts";
import type { Project } from "./project-settings.ts";

/** @throws MillraceError `usage` when there is none, or its module can't be loaded. */
export async function loadCatalogue(file: string | undefined, { catalogueFile }: Project): Promise<Catalogue> {
	const chosen = file === undefined ? catalogueFile : resolve(file);
	const named =
		file === undefined ? `"millrace": { "catalogue": … } of package.json (${chosen})` : `--catalogue ${file}`;
	if (chosen === undefined) {
		throw usage(
			'Which jobs are there? Say in your package.json where the module is that exports `catalogue`: "millrace": { "catalogue": "catalogue.ts", "stack": "Reports" }, or give --catalogue FILE.',
		);
	}
	const module: { readonly catalogue?: unknown } = await import(pathToFileURL(chosen).href).catch((error: unknown) => {
		throw usage(`${named} can't be loaded: ${error instanceof Error ? error.message : String(error)}`);
	});
	if (isCatalogue(module.catalogue)) return module.catalogue;
	throw usage(`${named} exports no \`catalogue\` made by defineCatalogue.`);
}

function isCatalogue(value: unknown): value is Catalogue {
	return typeof value === "object" && value !== null && "jobs" in value && "findJob" in value && "groupOf" in value;
}
