/** What is wrong with a catalogue as its files are now, as `cdk synth` tells it: bundles leave these checks out. Read in a process of its own, since a module is loaded once. */
import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";

/** `undefined` where nothing is, and where it can't be loaded at all: the bundler says better why. */
export type CatalogueCheck = () => Promise<string | undefined>;

const program =
	'await import(process.argv[1]).catch((error) => { if (error?.code === "catalogue-invalid") console.log(error.message) })';
const CHECK_MS_MAX = 20_000;

export function createCatalogueCheck(file: string): CatalogueCheck {
	const args = ["--input-type=module", "--eval", program, pathToFileURL(file).href];
	return () =>
		new Promise((told) => {
			execFile(process.execPath, args, { timeout: CHECK_MS_MAX }, (_, said) => {
				told(said === "" ? undefined : said.trim());
			});
		});
}
