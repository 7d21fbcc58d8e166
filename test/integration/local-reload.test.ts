/** Hot reload: which changes of source code are seen, and what becomes of them. */
import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkerRebuild } from "../../local/reload/rebuild-worker.ts";
import { watchCode } from "../../local/reload/watch-code.ts";
import { queueWithFunction, temporaryFolder, writeAssembly } from "./local-assembly.ts";
import { run } from "./local-run.ts";

function echoWith(entry: string): string {
	const resources = queueWithFunction({ handler: "echo" });
	const Worker = {
		...resources["Worker"],
		Type: "AWS::Lambda::Function",
		Metadata: { "millrace:bundle": { entry } },
	};
	return writeAssembly({ App: { Resources: { ...resources, Worker } } });
}

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
		const resources = queueWithFunction({ handler: "reloaded", mapping: { BatchSize: 1 } });
		const Worker = {
			...resources["Worker"],
			Type: "AWS::Lambda::Function",
			Metadata: { "millrace:bundle": { entry: "worker.ts" } },
		};
		let version = 1;
		const local = await run({
			assemblyDir: writeAssembly({ App: { Resources: { ...resources, Worker } } }, { reloaded: join(builds, "one") }),
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
		const quick = defineQueueClass({ name: "quick", promise: "soon", maxConcurrency: ${maxConcurrency} });
		const jobs = [${defined.join(", ")}];
		export const catalogue = defineCatalogue({ workerGroups: [defineWorkerGroup({ name: "quick", queueClasses: [quick] })], jobs, schedules: [${schedules}] });
	`;
}

describe("a changed catalogue", () => {
	it("is given to the functions that hold its card; what only the template brings is told, once a change", async () => {
		const source = temporaryFolder();
		const catalogueFile = join(source, "catalogue.ts");
		const holder = temporaryFolder();
		const card = (jobs: readonly string[]) => ({
			workerGroups: [{ name: "quick", queueClasses: [{ name: "quick", promise: "soon", breaker: false }] }],
			jobs: jobs.map((name) => ({ name, aliases: [], description: "Does.", queueClass: "quick" })),
			schedules: [],
		});
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
