#!/usr/bin/env node
/** The `millrace` command: composes the real terminal, catalogue and adapters. */

import { processIo } from "./io.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import { main } from "./main.ts";
import { findProject } from "./project-settings.ts";
import { connectTarget } from "./target.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.once(signal, () => interrupt.abort(new Error("interrupted")));
}

/** A pipe that its reader closed (`| head`) is no fault. */
for (const stream of [process.stdout, process.stderr]) {
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") throw error;
	});
}

const folder = process.cwd();
const project = findProject(folder);
const io = processIo(interrupt.signal);
process.exitCode = await main(process.argv.slice(2), {
	io,
	loadCatalogue: (file) => loadCatalogue(file, project),
	connect: (choice) =>
		connectTarget({ ...(project.stack === undefined ? {} : { stack: project.stack }), ...choice }, folder),
	startApp: async (options) => {
		// Loaded for this command alone: the emulators are half of the program.
		const { startApp } = await import("../local/start-app.ts");
		const { folder: appFolder, catalogueFile } = project;
		const app = { folder: appFolder, ...(catalogueFile === undefined ? {} : { catalogueFile }) };
		await startApp({ ...options, ...app, interrupt: interrupt.signal, say: io.err });
	},
	folder,
	env: process.env,
});
