/** What is wrong with a catalogue as its files are now, as `cdk synth` tells it: bundles leave these checks out. Read in a process of its own, since a module is loaded once. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

/** `undefined` where nothing is, and where it can't be loaded at all: the bundler says better why. */
export type CatalogueCheck = () => Promise<string | undefined>;

/** Over a pipe of its own: the catalogue's modules may print what they like. They may also hold a connection open, for which nobody waits. */
const program = `
	import { writeFileSync } from "node:fs";
	await import(process.argv[1]).catch((error) => {
		if (error?.code === "catalogue-invalid") writeFileSync(3, error.message);
	});
	process.exit();
`;
const CHECK_MS_MAX = 20_000;

export function createCatalogueCheck(file: string): CatalogueCheck {
	const args = ["--input-type=module", "--eval", program, pathToFileURL(file).href];
	return async () => {
		const child = spawn(process.execPath, args, {
			stdio: ["ignore", "ignore", "ignore", "pipe"],
			timeout: CHECK_MS_MAX,
		});
		const said = await text(child.stdio[3] as Readable);
		return said === "" ? undefined : said;
	};
}
