/** The check of a catalogue as its files are now, on modules that do what modules may do when they are loaded. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type CatalogueAnswer, createCatalogueCheck } from "../../../local/reload/check-catalogue.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const prints = 'console.log("reading"); console.error("a warning");';
/** For longer than a test may take. */
const holds = "setInterval(() => {}, 60_000);";
const refuses = (message: string): string =>
	`throw Object.assign(new Error(${JSON.stringify(message)}), { code: "catalogue-invalid" });`;

let files = 0;
function check(code: string): Promise<CatalogueAnswer> {
	const file = join(folder, `catalogue-${++files}.mjs`);
	writeFileSync(file, code);
	return createCatalogueCheck(file)();
}

test("a catalogue that prints and holds a connection open is not at fault, and nobody waits for it", async () => {
	expect(await check(`${prints} ${holds}`)).toEqual({});
});

test("faults are told whole, without what else was printed", async () => {
	const faults = `The catalogue has faults:\n${"- a_task: …\n".repeat(20_000)}`;
	expect(await check(`${prints} ${holds} ${refuses(faults)}`)).toEqual({ faults });
});

test("what can't be loaded, or ends the process, is left to the bundler", async () => {
	expect(await check("import './nowhere.mjs';")).toEqual({});
	expect(await check("process.exit(1);")).toEqual({});
});
