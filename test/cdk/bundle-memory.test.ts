/** Which bundles are built again: a deploy of yesterday's code is what must not be. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recallBundle, rememberBundles } from "../../cdk/bundle/bundle-memory.ts";
import { bundleWorkersSync } from "../../cdk/bundle/bundle-workers-sync.ts";
import type { WorkerBundle, WorkerEntry } from "../../cdk/bundle/worker-bundle.ts";

vi.unmock("../../cdk/bundle/bundle-workers-sync.ts");

let project: string;
let entry: WorkerEntry;
let built: WorkerBundle;
const at = (path: string): string => join(project, path);
const recalled = (): WorkerBundle | undefined => recallBundle(entry, at("build/mail"));

beforeEach(() => {
	project = mkdtempSync(join(tmpdir(), "millrace-memory-"));
	mkdirSync(at("src"));
	mkdirSync(at("node_modules/letters"), { recursive: true });
	writeFileSync(at("package.json"), '{ "type": "module" }');
	writeFileSync(at("node_modules/letters/package.json"), '{ "name": "letters", "main": "a.js" }');
	writeFileSync(at("node_modules/letters/a.js"), 'export const letter = "a";');
	writeFileSync(at("src/part.ts"), 'export { letter } from "letters";');
	writeFileSync(at("src/worker.ts"), 'import { letter } from "./part.ts";\nexport const handler = () => letter;');
	entry = { group: "mail", entry: at("src/worker.ts") };
	const [bundle] = bundleWorkersSync([entry], { outFolder: at("build") });
	if (bundle === undefined) throw new Error("Nothing was built");
	built = bundle;
	// Its files are younger than the build's beginning was, which alone would have it built again.
	rememberBundles([built], Date.now() + 60_000);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

describe("a bundle", () => {
	it("is not built again while all is as it was", () => {
		expect(recalled()).toEqual(built);
		expect(bundleWorkersSync([entry], { outFolder: at("build") })).toEqual([built]);
	});

	it.each<readonly [string, () => void]>([
		["a source is another", () => writeFileSync(at("src/part.ts"), 'export const letter = "b";')],
		["a source is gone", () => rmSync(at("src/part.ts"))],
		["a package's file is another", () => writeFileSync(at("node_modules/letters/a.js"), 'export const letter = "b";')],
		[
			"a package leads elsewhere",
			() => writeFileSync(at("node_modules/letters/package.json"), '{ "name": "letters", "main": "b.js" }'),
		],
		["a file is new beside a source", () => writeFileSync(at("src/letters.ts"), "")],
		["packages were installed", () => writeFileSync(at("node_modules/.package-lock.json"), "{}")],
		["the compiler is told otherwise", () => writeFileSync(at("tsconfig.json"), "{}")],
		["what was built was changed", () => writeFileSync(at("build/mail/index.mjs"), "export {};")],
		["what was built is gone", () => rmSync(at("build/mail/index.mjs"))],
		["half of what is remembered is there", () => writeFileSync(at("build/mail.inputs.json"), '{ "bundler": ')],
	])("is built again when %s", (_, change) => {
		change();
		expect(recalled()).toBeUndefined();
	});

	it("is what the sources say now, after a change", () => {
		writeFileSync(at("src/part.ts"), 'export const letter = "entirely new";');
		bundleWorkersSync([entry], { outFolder: at("build") });
		expect(readFileSync(at("build/mail/index.mjs"), "utf8")).toContain("entirely new");
	});

	it("of another entry or folder is not taken for it", () => {
		writeFileSync(at("src/other.ts"), "export const handler = 1;");
		expect(recallBundle({ group: "mail", entry: at("src/other.ts") }, at("build/mail"))).toBeUndefined();
		expect(recallBundle(entry, at("build/other"))).toBeUndefined();
	});

	it("is rid of files that others put into its folder", () => {
		writeFileSync(at("build/mail/card.json"), "{}");
		recalled();
		expect(readdirSync(at("build/mail"))).not.toContain("card.json");
	});

	it("is not remembered when a source has changed since the build began, or follows settings that are not seen", () => {
		for (const startedAtMs of [0, Date.now() + 60_000]) {
			rmSync(at("build/mail.inputs.json"), { force: true });
			if (startedAtMs > 0) writeFileSync(at("tsconfig.json"), '{ "extends": "./base.json" }');
			rememberBundles([built], startedAtMs);
			expect(existsSync(at("build/mail.inputs.json"))).toBe(false);
		}
	});
});
