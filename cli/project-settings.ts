/** What a project says to the command line in its package.json, so that no command needs it said again. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import packageJson from "../package.json" with { type: "json" };
import { describeIssues } from "../shared/wire/describe-issues.ts";
import { usage } from "./command-context.ts";

export interface Project {
	/** Where its package.json lies; where there is none, where the command runs. */
	readonly folder: string;
	/** Absolute path of the module that exports `catalogue`. */
	readonly catalogueFile?: string;
	/** The platform's stack. */
	readonly stack?: string;
}

const settingsSchema = z.strictObject({ catalogue: z.optional(z.string()), stack: z.optional(z.string()) });
const fileSchema = z.object({ millrace: z.optional(z.unknown()) });

/**
 * The project that `folder` is in: the next package.json upwards with `"millrace": { "catalogue": "catalogue.ts", "stack": "Reports" }`.
 * Where there is none, the project that the command itself belongs to, if it is run from its sources.
 * @throws MillraceError `usage` for a `millrace` of another shape
 */
export function findProject(folder: string): Project {
	return projectAbove(folder) ?? { ...projectOf(packageJson, sourceFolder, folder) };
}

const sourceFolder = fileURLToPath(new URL("..", import.meta.url));

function projectAbove(folder: string): Project | undefined {
	const file = join(folder, "package.json");
	const content = existsSync(file) ? fileSchema.safeParse(readJson(file)) : undefined;
	if (content?.data?.millrace !== undefined) return projectOf(content.data, folder, folder);
	const above = dirname(folder);
	return above === folder ? undefined : projectAbove(above);
}

function readJson(file: string): unknown {
	try {
		return JSON.parse(readFileSync(file, "utf8"));
	} catch {
		// npm says better than this command what is wrong with it.
		return undefined;
	}
}

/** `base` is what paths are relative to. */
function projectOf(content: { readonly millrace?: unknown }, base: string, folder: string): Project {
	const parsed = settingsSchema.safeParse(content.millrace ?? {});
	if (!parsed.success) {
		throw usage(
			`"millrace" in ${join(base, "package.json")} must be { "catalogue": "catalogue.ts", "stack": "Reports" }, both optional: ${describeIssues(parsed.error.issues, content.millrace, "millrace").join("; ")}`,
		);
	}
	const { catalogue, stack } = parsed.data;
	return {
		folder,
		...(catalogue === undefined ? {} : { catalogueFile: resolve(base, catalogue) }),
		...(stack === undefined ? {} : { stack }),
	};
}
