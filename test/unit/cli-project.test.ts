/** What a project's package.json says to the command line: found from any folder below it, and refused in words when it is wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadCatalogue } from "../../cli/load-catalogue.ts";
import { findProject } from "../../cli/project-settings.ts";
import { projectFolder } from "../support/project-files.ts";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "millrace-project-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writePackage = (content: object): void => writeFileSync(join(folder, "package.json"), JSON.stringify(content));

describe("the project", () => {
	test("is the next package.json upwards that speaks of millrace", () => {
		writePackage({ name: "shop", millrace: { catalogue: "jobs/catalogue.ts", stack: "Shop" } });
		const below = join(folder, "deep", "down");
		mkdirSync(below, { recursive: true });
		writeFileSync(join(folder, "deep", "package.json"), JSON.stringify({ name: "of-another-tool" }));
		expect(findProject(below)).toEqual({ folder, catalogueFile: join(folder, "jobs/catalogue.ts"), stack: "Shop" });
	});

	test("is this one where there is none, as for its own tests and examples", () => {
		expect(findProject(folder)).toEqual({
			folder,
			catalogueFile: join(projectFolder, "shared/catalogue/catalogue.ts"),
		});
	});

	test("says what is wrong with its settings", () => {
		writePackage({ millrace: { catalog: "catalogue.ts" } });
		expect(() => findProject(folder)).toThrow(/^"millrace" in .*package\.json must be .*catalog/s);
	});

	test("is not hindered by a package.json that is no JSON", () => {
		writeFileSync(join(folder, "package.json"), "{");
		expect(findProject(folder).stack).toBeUndefined();
	});
});

describe("the catalogue", () => {
	const moduleOf = (code: string): string => {
		const file = join(folder, "catalogue.mjs");
		writeFileSync(file, code);
		return file;
	};

	test("is the project's", async () => {
		const catalogueFile = moduleOf("export const catalogue = { jobs: [], findJob() {}, groupOf() {} };");
		expect((await loadCatalogue(undefined, { folder, catalogueFile })).jobs).toEqual([]);
	});

	test("is the one of the option rather", async () => {
		const chosen = moduleOf("export const catalogue = { jobs: ['chosen'], findJob() {}, groupOf() {} };");
		const loaded = await loadCatalogue(chosen, { folder, catalogueFile: join(folder, "not-there.ts") });
		expect(loaded.jobs).toEqual(["chosen"]);
	});

	test("is asked for where nobody says which", async () => {
		await expect(loadCatalogue(undefined, { folder })).rejects.toThrow(/"millrace": \{ "catalogue": "catalogue\.ts"/);
	});

	test("is refused when its module is something else", async () => {
		const catalogueFile = moduleOf("export const catalogue = [];");
		await expect(loadCatalogue(undefined, { folder, catalogueFile })).rejects.toThrow(
			/package\.json \(.*catalogue\.mjs\) exports no `catalogue` made by defineCatalogue/,
		);
	});
});
