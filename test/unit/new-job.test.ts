/** `npm run new:job`, run in a copy of the project: what it writes must compile, pass its own test and lint clean. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const project = join(import.meta.dirname, "../..");
let copy: string;

interface Finished {
	readonly status: number;
	readonly output: string;
}

async function run(command: string, args: readonly string[]): Promise<Finished> {
	return new Promise((resolve) => {
		// Without vitest's own variables: the copy runs a vitest of its own.
		const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], NO_COLOR: "1" };
		execFile(command, [...args], { cwd: copy, env }, (error, stdout, stderr) => {
			resolve({ status: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
		});
	});
}

const bin = (name: string): string => join(copy, "node_modules/.bin", name);
const newJob = (...args: readonly string[]): Promise<Finished> =>
	run(process.execPath, ["scripts/new-job.ts", ...args]);
const read = (path: string): Promise<string> => readFile(join(copy, path), "utf8");

beforeAll(async () => {
	copy = await mkdtemp(join(tmpdir(), "millrace-new-job-"));
	const copied = ["shared", "lambdas", "scripts", "test/support"];
	const files = ["package.json", "tsconfig.json", "biome.json", ".gitignore", "vitest.config.ts"];
	for (const path of [...copied, ...files]) await cp(join(project, path), join(copy, path), { recursive: true });
	await symlink(join(project, "node_modules"), join(copy, "node_modules"));
	const include = ["shared", "lambdas", "scripts/new-job.ts", "test/unit"];
	await writeFile(join(copy, "tsconfig.copy.json"), JSON.stringify({ extends: "./tsconfig.json", include }));
});

afterAll(async () => {
	await rm(copy, { recursive: true, force: true });
});

describe("a new job", { timeout: 90_000 }, () => {
	test("is written, listed, compiles, passes its test and lints clean", async () => {
		const made = await newJob("sample-of-the-test", "--queue-class", "observability", "--family", "email");
		expect(made.output).toContain("shared/jobs/email/sample-of-the-test.ts");
		expect(made.output).toContain("lambdas/worker/observability.ts");
		expect(made.status).toBe(0);

		expect(await read("shared/catalogue/catalogue.ts")).toMatch(
			/pipelineRegisterTask,\n\t\tsampleOfTheTest,\n\t\ttimelinessCheckTask,/,
		);
		const added = [
			'import { performSampleOfTheTest } from "../jobs/email/sample-of-the-test.ts";',
			"\tsample_of_the_test: performSampleOfTheTest,",
		];
		const entry = await read("lambdas/worker/observability.ts");
		for (const line of added) expect(entry).toContain(`\n${line}\n`);
		// Nothing else has changed, no blank line either.
		const before = await readFile(join(project, "lambdas/worker/observability.ts"), "utf8");
		expect(added.reduce((text, line) => text.replace(`${line}\n`, ""), entry)).toBe(before);

		const types = await run(bin("tsc"), ["--noEmit", "-p", "tsconfig.copy.json"]);
		expect(types).toEqual({ status: 0, output: "" });
		const ownTest = await run(bin("vitest"), ["run", "--project", "unit"]);
		expect(ownTest.output).toContain("6 passed, 0 failed");
		expect(ownTest.status).toBe(0);
		const lint = await run(bin("biome"), [
			"ci",
			"shared/jobs",
			"shared/catalogue",
			"lambdas/jobs/email",
			"lambdas/worker",
			"test/unit",
		]);
		expect(lint.output).toContain("No fixes applied");
		expect(lint.status).toBe(0);

		const again = await newJob("sample_of_the_test", "--queue-class", "lineage");
		expect(again.output).toMatch(
			/^usage: A job "sample_of_the_test" exists already, .*Known jobs: .*detect_anomalies_task/,
		);
		expect(again.status).toBe(1);
	});

	test("is listed where its worker group has no job yet", async () => {
		const queues = "shared/catalogue/queues.ts";
		const definitions = `
export const archive = defineQueueClass({ name: "archive", promise: "Within the day." });
export const archiveGroup = defineWorkerGroup({ name: "archive", queueClasses: [archive] });
`;
		await writeFile(join(copy, queues), (await read(queues)) + definitions);
		const list = "shared/catalogue/catalogue.ts";
		const listed = (await read(list))
			.replace("import { defineCatalogue", 'import { archiveGroup } from "./queues.ts";\nimport { defineCatalogue')
			.replace("workerGroups: [", "workerGroups: [archiveGroup, ");
		await writeFile(join(copy, list), listed);
		await writeFile(
			join(copy, "lambdas/worker/archive.ts"),
			`/** The worker function of group \`archive\`. */
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { createWorker } from "./create-worker.ts";

export const handler = createWorker(catalogue, "archive", {});
`,
		);
		expect(await newJob("move-old-rows", "--queue-class", "archive")).toMatchObject({ status: 0 });
		expect(await read("lambdas/worker/archive.ts")).toBe(
			`/** The worker function of group \`archive\`. */
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { performMoveOldRows } from "../jobs/archive/move-old-rows.ts";
import { createWorker } from "./create-worker.ts";

export const handler = createWorker(catalogue, "archive", {
	move_old_rows: performMoveOldRows,
});
`,
		);
		const types = await run(bin("tsc"), ["--noEmit", "-p", "tsconfig.copy.json"]);
		expect(types).toEqual({ status: 0, output: "" });
	});

	test("without its implementation in the worker's entry file does not compile", async () => {
		const made = await newJob("rotate-keys", "--queue-class", "lineage");
		expect(made.status).toBe(0);
		const entry = await read("lambdas/worker/lineage.ts");
		await writeFile(join(copy, "lambdas/worker/lineage.ts"), entry.replace(/^.*performRotateKeys.*\n/gm, ""));
		const types = await run(bin("tsc"), ["--noEmit", "-p", "tsconfig.copy.json"]);
		expect(types.output).toMatch(/^lambdas\/worker\/lineage\.ts.*\n?.*rotate_keys/m);
		expect(types.status).not.toBe(0);
	});
});

describe("is refused, and nothing is written,", () => {
	test.each([
		[
			"an unknown queue class",
			["clean-up", "--queue-class", "nightly"],
			'queue-class-not-found: There is no queue class "nightly". Known: archive, ',
		],
		["no queue class", ["clean-up"], "Known queue classes: archive, "],
		["two names", ["clean-up", "now", "--queue-class", "lineage"], "usage: One name and a queue class are needed"],
		["a name that is no name", ["CleanUp", "--queue-class", "lineage"], 'Got "CleanUp".'],
		[
			"a job's name in its other spelling",
			["freshness-check-task", "--queue-class", "lineage"],
			'usage: A job "freshness_check_task" exists already',
		],
		["a family that is a path", ["clean-up", "--queue-class", "lineage", "--family", "../x"], 'Got "../x".'],
		["an unknown option", ["clean-up", "--queue", "lineage"], "usage: Unknown option '--queue'"],
	])("for %s", async (_what, args, message) => {
		const before = await read("shared/catalogue/catalogue.ts");
		const { status, output } = await newJob(...args);
		expect(output).toContain(message);
		expect(status).toBe(1);
		expect(await read("shared/catalogue/catalogue.ts")).toBe(before);
	});

	test("when one of its files is there already", async () => {
		await writeFile(join(copy, "lambdas/jobs/observability/prune-old-rows.ts"), "// mine\n");
		const { status, output } = await newJob("prune-old-rows", "--queue-class", "observability");
		expect(output).toContain("there is already lambdas/jobs/observability/prune-old-rows.ts");
		expect(status).toBe(1);
		expect(await read("lambdas/jobs/observability/prune-old-rows.ts")).toBe("// mine\n");
	});
});
