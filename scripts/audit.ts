/**
 * `npm run audit`: asks the registry which dependencies have known vulnerabilities. Fails on high and critical ones among those that are installed
 * with the package; tells of the others. A mirror may not answer such questions: then it says so and passes, unless `--must` is given.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as z from "zod/mini";

const reportSchema = z.object({
	vulnerabilities: z.record(
		z.string(),
		z.object({ name: z.string(), severity: z.string(), range: z.string(), isDirect: z.boolean() }),
	),
});

const grave: ReadonlySet<string> = new Set(["high", "critical"]);

/** npm ends with 1 both when it found something and when it could not ask; what it printed tells which. */
async function audit(...args: readonly string[]): Promise<z.infer<typeof reportSchema> | undefined> {
	const { stdout } = await promisify(execFile)("npm", ["audit", "--audit", "--json", ...args], {
		maxBuffer: 64 * 1024 * 1024,
	}).catch((error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? "" }));
	try {
		return reportSchema.parse(JSON.parse(stdout));
	} catch {
		return undefined;
	}
}

const installed = await audit("--omit=dev");
const all = await audit();
if (installed === undefined || all === undefined) {
	const must = process.argv.includes("--must");
	process.stdout.write(
		`${must ? "FAILED" : "SKIPPED"}: the npm registry of this machine does not answer audits. Run \`npm run audit -- --must\` where it does, before a release.\n\n${
			must ? "0 passed, 1 failed" : "0 passed, 0 failed, 1 skipped"
		}\n`,
	);
	process.exitCode = must ? 1 : 0;
} else {
	const found = Object.values(all.vulnerabilities);
	const failing = Object.values(installed.vulnerabilities).filter(({ severity }) => grave.has(severity));
	for (const { name, severity, range } of found) process.stdout.write(`${severity} ${name} ${range}\n`);
	process.stdout.write(
		`${found.length} packages with known vulnerabilities, ${failing.length} of them grave and installed with the package.\n`,
	);
	process.exitCode = failing.length === 0 ? 0 : 1;
}
