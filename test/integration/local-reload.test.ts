/** Hot reload: which changes of source code are seen, and what becomes of them. */
import { copyFileSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkerRebuild } from "../../local/reload/rebuild-worker.ts";
import { watchCode } from "../../local/reload/watch-code.ts";
import { queueWithFunction, temporaryFolder, writeAssembly } from "./local-assembly.ts";
import { run } from "./local-run.ts";

/** Of a function that hot reload builds from the entry. */
function bundled(handler: string, entry: string, mapping: Readonly<Record<string, unknown>> = {}) {
	const resources = queueWithFunction({ handler, mapping });
	const Worker = {
		...resources["Worker"],
		Type: "AWS::Lambda::Function",
		Metadata: { "millrace:bundle": { entry } },
	};
	return { ...resources, Worker };
}

const echoWith = (entry: string): string => writeAssembly({ App: { Resources: bundled("echo", entry) } });

describe("hot reload", () => {
	it("builds changed code, ends idle environments, and lets a busy one finish with the code it has", async () => {
		const source = temporaryFolder();
		const builds = temporaryFolder();
		const write = (folder: string, version: string): void => {
			mkdirSync(folder, { recursive: true });
			const text = `export const handler = async ({ Records: [record] }) => {
				await new Promise((resolve) => setTimeout(resolve, JSON.parse(record.body).ms));
				console.log(${JSON.stringify(version)});
			};`;
			writeFileSync(join(folder, "index.mjs"), text);
		};
		write(source, "one");
		write(join(builds, "one"), "one");
		const Resources = bundled("reloaded", "worker.ts", { BatchSize: 1 });
		let version = 1;
		const local = await run({
			assemblyDir: writeAssembly({ App: { Resources } }, { reloaded: join(builds, "one") }),
			hotReload: true,
			watch: [source],
			async rebuild({ functionId, entry }) {
				expect([functionId, entry]).toEqual(["Worker", "worker.ts"]);
				if (version === 3) throw new Error("does not compile");
				const folder = join(builds, String(version));
				write(folder, version === 1 ? "one" : "two");
				return folder;
			},
		});
		await local.send({ ms: 700 });
		const { pid } = await local.event("invocation-started");
		version = 2;
		write(source, "two");
		await local.event("code-replaced");
		await local.send({ ms: 0 });
		const lines = (await local.count("log", 2)).map(({ line }) => line);
		expect(lines.sort()).toEqual(["one", "two"]);
		expect(await local.event("environment-ended", (ended) => ended.pid === pid)).toMatchObject({ reason: "replaced" });

		version = 3;
		write(source, "three");
		expect(await local.event("rebuild-failed")).toMatchObject({ message: "does not compile" });
		await local.send({ ms: 0 });
		expect((await local.count("log", 3))[2]?.line).toBe("two");

		version = 4;
		write(source, "two");
		await local.event("rebuild-recovered");
		// Its code is the code that runs.
		expect(local.events.filter(({ type }) => type === "code-replaced")).toHaveLength(1);
	});

	it("uses the project's own bundler, and sees a file that was replaced by renaming, each time", async () => {
		const source = temporaryFolder();
		const entry = join(source, "worker.ts");
		const code = (version: number): string =>
			`const version: number = ${version};\nexport const handler = (): void => console.log("version", version);\n`;
		writeFileSync(entry, code(1));
		const local = await run({ assemblyDir: echoWith(entry), hotReload: true, watch: [source] });
		const replace = (version: number): void => {
			writeFileSync(join(source, "sedA1b2C3"), code(version));
			renameSync(join(source, "sedA1b2C3"), entry);
		};
		replace(2);
		await local.count("code-replaced", 1);
		replace(3);
		await local.count("code-replaced", 2);
		writeFileSync(entry, code(4));
		await local.count("code-replaced", 3);
		await local.send({});
		expect((await local.event("log")).line).toBe("version 4");
	});

	it("builds beside what was synthesized, from where source maps name the project's files, and removes it", async () => {
		const assembly = temporaryFolder();
		const entry = join(temporaryFolder(), "worker.ts");
		writeFileSync(entry, "export const handler = (): void => {};\n");
		const worker = createWorkerRebuild(assembly);
		const request = { stack: "App", functionId: "Worker", entry };
		const built = [await worker.rebuild(request), await worker.rebuild(request)];
		expect(built.map(dirname)).toEqual([assembly, assembly]);
		expect(new Set(built).size).toBe(2);
		worker.remove();
		expect(readdirSync(assembly)).toEqual([]);
	});

	it("says where a file does not compile", async () => {
		const source = temporaryFolder();
		const entry = join(source, "worker.ts");
		writeFileSync(entry, "export const handler = (): void => {};\n");
		const local = await run({ assemblyDir: echoWith(entry), hotReload: true, watch: [source] });
		writeFileSync(entry, "export const handler = (): void => {};\nconst = 5;\n");
		expect((await local.event("rebuild-failed")).message).toMatch(
			/^\S*worker\.ts:2:7: Expected identifier but found "="$/,
		);
	});
});

const shared = fileURLToPath(new URL("../../shared/", import.meta.url));

function catalogueWith({ enqueues = "a_task", jobs = ["a_task"], maxConcurrency = 2, schedules = "" }): string {
	const defined = jobs.map(
		(name) =>
			`defineJob({ name: "${name}", description: "Does.", queueClass: quick, input: z.looseObject({}), output: z.null(), enqueues: ["${enqueues}"] })`,
	);
	return `
		import * as z from ${JSON.stringify(import.meta.resolve("zod/mini"))};
		import { defineCatalogue } from ${JSON.stringify(join(shared, "catalogue", "define-catalogue.ts"))};
		import { defineJob, defineQueueClass, defineSchedule, defineWorkerGroup } from ${JSON.stringify(join(shared, "job", "index.ts"))};
		const quick = defineQueueClass({ name: "quick", promise: "soon", breaker: false, maxConcurrency: ${maxConcurrency} });
		const jobs = [${defined.join(", ")}];
		export const catalogue = defineCatalogue({ workerGroups: [defineWorkerGroup({ name: "quick", queueClasses: [quick] })], jobs, schedules: [${schedules}] });
	`;
}

/** Of `catalogueWith` with these jobs. */
const card = (jobs: readonly string[]) => ({
	workerGroups: [{ name: "quick", queueClasses: [{ name: "quick", promise: "soon", breaker: false }] }],
	jobs: jobs.map((name) => ({ name, aliases: [], description: "Does.", queueClass: "quick" })),
	schedules: [],
});

describe("a changed catalogue", () => {
	it("is given to the functions that hold its card; what only the template brings is told, once a change", async () => {
		const source = temporaryFolder();
		const catalogueFile = join(source, "catalogue.ts");
		const holder = temporaryFolder();
		writeFileSync(
			join(holder, "index.mjs"),
			`import { readFileSync } from "node:fs";
			const { jobs } = JSON.parse(readFileSync(new URL("catalogue.json", import.meta.url), "utf8"));
			export const handler = () => console.log(jobs.map(({ name }) => name).join());`,
		);
		writeFileSync(join(holder, "catalogue.json"), JSON.stringify(card(["a_task"])));
		writeFileSync(catalogueFile, catalogueWith({}));
		const assemblyDir = writeAssembly({ App: { Resources: queueWithFunction({ handler: "holder" }) } }, { holder });
		const local = await run({ assemblyDir, hotReload: true, watch: [source], catalogueFile });
		// At once, when the catalogue has not been read for the first time: what the functions hold is what counts.
		writeFileSync(catalogueFile, catalogueWith({ jobs: ["a_task", "b_task"] }));
		await local.count("code-replaced", 1);
		await local.send({});
		expect((await local.event("log")).line).toBe("a_task,b_task");

		const changed = {
			maxConcurrency: 3,
			schedules: `defineSchedule({ name: "often", job: jobs[0], everySeconds: 60 })`,
		};
		writeFileSync(catalogueFile, catalogueWith(changed));
		await local.count("code-replaced", 2);
		writeFileSync(catalogueFile, catalogueWith({ ...changed, jobs: ["a_task", "c_task"] }));
		await local.count("code-replaced", 3);
		// Of the new job nothing is told: it is there.
		expect(local.events.filter(({ type }) => type === "restart-needed")).toEqual([
			{ type: "restart-needed", parts: ["schedules", "queue classes"] },
		]);
	});
});

describe("a function that holds the catalogue's card", () => {
	/** Tells its code's version and the jobs of its card. */
	const code = (version: number): string => `
		import { existsSync, readFileSync } from "node:fs";
		const file = new URL("catalogue.json", import.meta.url);
		const jobs = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).jobs.map(({ name }) => name).join() : "no card";
		export const handler = () => console.log("version ${version}, " + jobs);
	`;
	const changes = {
		code: (source: string, version: number) => writeFileSync(join(source, "worker.mjs"), code(version)),
		catalogue: (source: string, jobs: readonly string[]) =>
			writeFileSync(join(source, "catalogue.ts"), catalogueWith({ jobs: [...jobs] })),
	};

	it.each([
		{
			order: "code, catalogue, code",
			steps: [
				{ change: (source: string) => changes.code(source, 2), line: "version 2, a_task" },
				{
					change: (source: string) => changes.catalogue(source, ["a_task", "b_task"]),
					line: "version 2, a_task,b_task",
				},
				{ change: (source: string) => changes.code(source, 3), line: "version 3, a_task,b_task" },
			],
		},
		{
			order: "catalogue, code, catalogue",
			steps: [
				{
					change: (source: string) => changes.catalogue(source, ["a_task", "b_task"]),
					line: "version 1, a_task,b_task",
				},
				{ change: (source: string) => changes.code(source, 2), line: "version 2, a_task,b_task" },
				{
					change: (source: string) => changes.catalogue(source, ["a_task", "c_task"]),
					line: "version 2, a_task,c_task",
				},
			],
		},
	])("has the new code and the new card after changes of $order", async ({ steps }) => {
		const source = temporaryFolder();
		const builds = temporaryFolder();
		const catalogueFile = join(source, "catalogue.ts");
		changes.code(source, 1);
		changes.catalogue(source, ["a_task"]);
		let built = 0;
		/** As a bundler does: it knows of no card. */
		function build(): string {
			const folder = join(builds, String(built++));
			mkdirSync(folder);
			copyFileSync(join(source, "worker.mjs"), join(folder, "index.mjs"));
			return folder;
		}
		const holder = build();
		writeFileSync(join(holder, "catalogue.json"), JSON.stringify(card(["a_task"])));
		const assemblyDir = writeAssembly({ App: { Resources: bundled("holder", "worker.mjs") } }, { holder });
		const rebuild = async (): Promise<string> => build();
		const local = await run({ assemblyDir, hotReload: true, watch: [source], catalogueFile, rebuild });
		for (const [index, { change, line }] of steps.entries()) {
			change(source);
			await local.count("code-replaced", index + 1);
			await local.send({});
			expect((await local.count("log", index + 1))[index]?.line).toBe(line);
		}
	});
});

describe("a catalogue with faults", () => {
	it("is told as synth tells it, and the code before goes on running until it is mended", async () => {
		const source = temporaryFolder();
		const entry = join(source, "worker.ts");
		const catalogueFile = join(source, "catalogue.ts");
		const code = (version: number): string =>
			`export const handler = (): void => console.log("version", ${version});\n`;
		writeFileSync(catalogueFile, catalogueWith({}));
		writeFileSync(entry, code(1));
		const local = await run({ assemblyDir: echoWith(entry), hotReload: true, watch: [source], catalogueFile });
		writeFileSync(entry, code(2));
		await local.count("code-replaced", 1);

		writeFileSync(catalogueFile, catalogueWith({ enqueues: "nobody_task" }));
		writeFileSync(entry, code(3));
		expect((await local.event("catalogue-invalid")).message).toContain("nobody_task");
		await local.send({});
		expect((await local.event("log")).line).toBe("version 2");

		writeFileSync(catalogueFile, catalogueWith({}));
		await local.event("catalogue-recovered");
		await local.count("code-replaced", 2);
		await local.send({});
		expect((await local.count("log", 2))[1]?.line).toBe("version 3");
	});
});

describe("a watch of folders", () => {
	/** Resolves at the next call back. */
	function watched(folder: string): { next(): Promise<void> } {
		let onChange: () => void = () => {};
		const watcher = watchCode([folder], () => onChange());
		onTestFinished(() => watcher.stop());
		return {
			next: () =>
				new Promise((resolve) => {
					onChange = resolve;
				}),
		};
	}

	it("goes on in folders that are made, moved here, or take the place of another", async () => {
		const folder = temporaryFolder();
		const watch = watched(folder);
		mkdirSync(join(folder, "jobs", "family"), { recursive: true });
		await watch.next();
		writeFileSync(join(folder, "jobs", "family", "a.ts"), "1");
		await watch.next();
		renameSync(join(folder, "jobs"), join(folder, "old"));
		await watch.next();
		mkdirSync(join(folder, "jobs", "family"), { recursive: true });
		await watch.next();
		writeFileSync(join(folder, "jobs", "family", "a.ts"), "2");
		await watch.next();
		writeFileSync(join(folder, "old", "family", "a.ts"), "3");
		await watch.next();
	});
});
