/** The example of docs/guides/long-jobs.md, taken from the page: written where it says, it compiles and passes the test that stands there. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const project = join(import.meta.dirname, "../..");
const places = {
	"count-rows-task.ts": "shared/jobs/observability/count-rows-task.ts",
	implementation: "lambdas/jobs/observability/count-rows-task.ts",
	test: "test/unit/observability/count-rows-task.test.ts",
};
let copy: string;

beforeAll(async () => {
	copy = await mkdtemp(join(tmpdir(), "millrace-long-jobs-"));
	const copied = ["shared", "test/support", "package.json", "tsconfig.json", "vitest.config.ts"];
	for (const path of copied) await cp(join(project, path), join(copy, path), { recursive: true });
	await symlink(join(project, "node_modules"), join(copy, "node_modules"));
	const page = await readFile(join(project, "docs/guides/long-jobs.md"), "utf8");
	for (const [name, place] of Object.entries(places)) {
		const text = new RegExp(`<!-- example: ${name} -->\n\`\`\`ts\n([^]*?)\`\`\``).exec(page)?.[1];
		if (text === undefined) throw new Error(`docs/guides/long-jobs.md has no example "${name}"`);
		await mkdir(dirname(join(copy, place)), { recursive: true });
		await writeFile(join(copy, place), text);
	}
	const files = { extends: "./tsconfig.json", include: Object.values(places) };
	await writeFile(join(copy, "tsconfig.copy.json"), JSON.stringify(files));
});
afterAll(() => rm(copy, { recursive: true, force: true }));

function run(program: string, ...args: string[]): Promise<{ readonly status: number; readonly output: string }> {
	// Without vitest's own variables: the copy runs a vitest of its own.
	const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], NO_COLOR: "1" };
	return new Promise((resolve) => {
		execFile(join(copy, "node_modules/.bin", program), args, { cwd: copy, env }, (error, stdout, stderr) => {
			resolve({ status: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
		});
	});
}

it("compiles, and passes its test", { timeout: 90_000 }, async () => {
	expect(await run("tsc", "--noEmit", "-p", "tsconfig.copy.json")).toEqual({ status: 0, output: "" });
	const tested = await run("vitest", "run", "--project", "unit");
	expect(tested.output).toContain("2 passed, 0 failed");
	expect(tested.status).toBe(0);
});
