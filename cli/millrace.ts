#!/usr/bin/env node
/** The `millrace` command: composes the real terminal, catalogue and adapters. */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { catalogue } from "../shared/catalogue/catalogue.ts";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import { usage } from "./command-context.ts";
import { processIo } from "./io.ts";
import { main } from "./main.ts";
import { connectTarget } from "./target.ts";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort(new Error("interrupted")));

/** A pipe that its reader closed (`| head`) is no fault. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
});

function isCatalogue(value: unknown): value is Catalogue {
	return typeof value === "object" && value !== null && "jobs" in value && "findJob" in value && "groupOf" in value;
}

async function loadCatalogue(file: string | undefined): Promise<Catalogue> {
	if (file === undefined) return catalogue;
	const module: { readonly catalogue?: unknown } = await import(pathToFileURL(resolve(file)).href).catch(
		(error: unknown) => {
			throw usage(`--catalogue ${file} can't be loaded: ${error instanceof Error ? error.message : String(error)}`);
		},
	);
	if (isCatalogue(module.catalogue)) return module.catalogue;
	throw usage(`--catalogue ${file} exports no \`catalogue\` made by defineCatalogue.`);
}

const folder = process.cwd();
process.exitCode = await main(process.argv.slice(2), {
	io: processIo(interrupt.signal),
	loadCatalogue,
	connect: (choice) => connectTarget(choice, folder),
	folder,
	env: process.env,
});
