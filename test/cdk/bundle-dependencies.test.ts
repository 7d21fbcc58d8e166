/** What becomes of packages in a worker's bundle: the build that Node takes too, and the names of their error classes. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { bundleWorkersSync } from "../../cdk/bundle/bundle-workers-sync.ts";

vi.unmock("../../cdk/bundle/bundle-workers-sync.ts");

/** A driver with two builds whose defaults differ, a package that requires it, and a project with a tsconfig of its own. */
const files = {
	"node_modules/driver/package.json": '{"name":"driver","version":"1.0.0","main":"./main.js","module":"./module.js"}',
	"node_modules/driver/main.js": `
		class DeadlockError extends Error {}
		module.exports = function connect() { return "main"; };
		module.exports.connect = module.exports;
		module.exports.DeadlockError = DeadlockError;
	`,
	"node_modules/driver/module.js": `
		export class DeadlockError extends Error {}
		export const connect = () => "module";
		export default { connect };
	`,
	"node_modules/pool/package.json": '{"name":"pool","version":"1.0.0","main":"./main.js"}',
	"node_modules/pool/main.js": 'const connect = require("driver"); exports.open = () => connect();',
	"package.json": '{"type":"module"}',
	"tsconfig.json": JSON.stringify({
		compilerOptions: { experimentalDecorators: true, paths: { "#lib/*": ["./library/*"] } },
	}),
	"library/words.ts": 'export const word: string = "by tsconfig";',
	"worker.ts": `
		import connect from "driver";
		import pool from "pool";
		import { word } from "#lib/words.ts";

		const seen: string[] = [];
		function noted(_prototype: object, property: string): void { seen.push(property); }
		class OwnError extends Error { @noted detail = word; }

		const nameOf = (error: Error) => error.constructor.name;
		export const handler = () => ({
			default: connect(),
			required: pool.open(),
			names: [nameOf(new connect.DeadlockError()), nameOf(new OwnError())],
			word: new OwnError().detail,
			seen,
		});
	`,
};
const folder = mkdtempSync(join(tmpdir(), "millrace-dependencies-"));
beforeAll(() => {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("takes packages as Node does, and keeps their errors' names and the meaning of the project's tsconfig", () => {
	const [worker] = bundleWorkersSync([{ group: "w", entry: join(folder, "worker.ts") }], {
		outFolder: join(folder, "out"),
	});
	const url = JSON.stringify(pathToFileURL(join(worker?.folder ?? "", "index.mjs")).href);
	const script = `import { handler } from ${url}; process.stdout.write(JSON.stringify(handler()));`;
	const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
	expect(JSON.parse(output)).toEqual({
		default: "main",
		required: "main",
		names: ["DeadlockError", "OwnError"],
		word: "by tsconfig",
		// An old decorator is told the property's name; a new one, a context.
		seen: ["detail"],
	});
});
