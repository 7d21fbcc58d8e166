import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bundleWorkers } from "../../cdk/bundle/bundle-workers.ts";
import { bundleWorkersSync } from "../../cdk/bundle/bundle-workers-sync.ts";
import { describeBundle } from "../../cdk/bundle/describe-bundle.ts";
import type { WorkerBundle } from "../../cdk/bundle/worker-bundle.ts";
import { writeFolder } from "../../cdk/bundle/write-folder.ts";

vi.unmock("../../cdk/bundle/bundle-workers-sync.ts");

const fixture = (file: string): string => fileURLToPath(new URL(`fixture/${file}`, import.meta.url));
const entries = [
	{ group: "demanding", entry: fixture("demanding-worker.ts") },
	{ group: "plain", entry: fixture("plain-worker.ts") },
	{ group: "streaming", entry: fixture("streaming-worker.ts") },
];
const outFolder = mkdtempSync(join(tmpdir(), "millrace-bundle-"));
afterAll(() => rmSync(outFolder, { recursive: true, force: true }));

let demanding: WorkerBundle;
let plain: WorkerBundle;
let streaming: WorkerBundle;
beforeAll(() => {
	[demanding, plain, streaming] = bundleWorkersSync(entries, { outFolder }) as [
		WorkerBundle,
		WorkerBundle,
		WorkerBundle,
	];
});

/** Runs an expression over the bundle's exports in a fresh Node, as Lambda would: only these environment variables, ES modules, no flags. */
function runInNode(bundle: WorkerBundle, expression: string): unknown {
	const url = JSON.stringify(pathToFileURL(join(bundle.folder, "index.mjs")).href);
	const script = `import * as worker from ${url}; process.stdout.write(JSON.stringify(await (${expression})));`;
	const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
		env: { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" },
		encoding: "utf8",
	});
	return JSON.parse(output);
}

const read = (folder: string): Record<string, string> =>
	Object.fromEntries(
		readdirSync(folder, { recursive: true, withFileTypes: true })
			.filter((found) => found.isFile())
			.map((found) => join(found.parentPath, found.name))
			.map((file) => [relative(folder, file), readFileSync(file, "utf8")]),
	);

describe("a bundle", () => {
	it("runs as an ES module with a CommonJS dependency, a lazy client, Lambda's credentials, Node's own and the names of error classes", () => {
		expect(runInNode(demanding, "worker.handler()")).toEqual({
			accessKeyId: "AKID",
			bucketClient: "S3",
			errorName: "PaymentDeclinedError",
			hostName: hostname(),
			stored: "used by both",
		});
	});

	it("points stack traces at the TypeScript source", () => {
		const stack = runInNode(demanding, "worker.fail().catch((error) => error.stack)") as string;
		const [message, ...frames] = stack.split("\n");
		expect(message).toBe("Error: declined");
		expect(frames.map((frame) => frame.replace(/\(\/.*\/test/, "(test"))).toEqual([
			"    at declinePayment (test/cdk/fixture/demanding-worker.ts:23:8)",
			"    at fail (test/cdk/fixture/demanding-worker.ts:27:9)",
			expect.stringMatching(/^ {4}at async file:.*\[eval1\]:1:/),
		]);
	});

	it("leaves frames of dependencies, and traces of nobody here, to Node", () => {
		const stack = runInNode(
			demanding,
			"(() => { try { worker.failInDependency(); } catch (error) { return error.stack; } })()",
		) as string;
		const frames = stack.split("\n").slice(1);
		expect(frames[0]).toMatch(/demanding-worker\.ts:23:8\)$/);
		expect(frames[1]).toMatch(/^ {4}at \S+ \(file:.*\.mjs:\d+:\d+\)$/);
		const elsewhere = "(() => { try { new URL('no url'); } catch (error) { return error.stack; } })()";
		expect(runInNode(demanding, elsewhere)).toMatch(/^TypeError: Invalid URL\n {4}at new URL \(node:internal\/url:/);
	});

	it("has a map of the project's own files alone", () => {
		const maps = readdirSync(demanding.folder).filter((file) => file.endsWith(".map"));
		const sources = maps.flatMap(
			(file) => (JSON.parse(readFileSync(join(demanding.folder, file), "utf8")) as { sources: string[] }).sources,
		);
		expect(sources).toContain("../../test/cdk/fixture/demanding-worker.ts");
		expect(sources.filter((source) => !/^\.\.\/\.\.\/(cdk\/bundle|test\/cdk\/fixture)\//.test(source))).toEqual([]);
	});

	/** Of the files that hold a text: whether they are lazy. */
	const holding = (bundle: WorkerBundle, text: string): boolean[] => [
		...new Set(
			bundle.files
				.filter(({ path }) => readFileSync(join(bundle.folder, path), "utf8").includes(text))
				.map(({ lazy }) => lazy),
		),
	];

	it("loads a dynamically imported client only when it is used", () => {
		expect({
			dynamo: holding(demanding, "DynamoDB_20120810"),
			s3: holding(demanding, "CompleteMultipartUpload"),
		}).toEqual({ dynamo: [false], s3: [true] });
	});

	it("has the SDK's event streams where a client has some, or the worker asks for them", () => {
		expect(holding(demanding, ":event-type")).toEqual([true]);
		expect(holding(streaming, ":event-type")).toEqual([false]);
	});

	it("carries the environment's credentials in place of the provider chain", () => {
		const chain = demanding.sources.filter((source) =>
			/credential-provider|client-(sso|sts)|nested-clients|token-providers/.test(source),
		);
		expect(chain).toEqual([]);
		expect(demanding.sources).toContain("cdk/bundle/environment-credentials.ts");
	});

	it("holds what its entry reaches and nothing of another group", () => {
		expect(plain.sources).toEqual([
			"cdk/bundle/stack-traces.ts",
			"test/cdk/fixture/plain-worker.ts",
			"test/cdk/fixture/used-by-both.ts",
		]);
		expect(plain.files.map(({ path, lazy }) => ({ path, lazy }))).toEqual([{ path: "index.mjs", lazy: false }]);
	});

	it("tells of every source, in a folder that is called as esbuild calls what the bundler puts in, too", async () => {
		const app = realpathSync(mkdtempSync(join(tmpdir(), "millrace-app-")));
		const here = vi.spyOn(process, "cwd").mockReturnValue(app);
		try {
			const entry = join(app, "builtin-jobs", "worker.ts");
			mkdirSync(join(app, "builtin-jobs"));
			writeFileSync(entry, 'import { hostname } from "node:os";\nexport const handler = (): string => hostname();\n');
			const [bundle] = await bundleWorkers([{ group: "jobs", entry }], { outFolder });
			expect(bundle?.sources.filter((source) => !source.endsWith("cdk/bundle/stack-traces.ts"))).toEqual([
				"builtin-jobs/worker.ts",
			]);
		} finally {
			here.mockRestore();
			rmSync(app, { recursive: true, force: true });
		}
	});

	it("is described by what a cold start loads and what waits", async () => {
		const { staticBytes, staticGzipBytes, lazyBytes, ...rest } = await describeBundle(plain);
		expect(rest).toEqual({ group: "plain", staticFiles: 1, lazyFiles: 0 });
		expect(staticBytes).toBe(readFileSync(join(plain.folder, "index.mjs")).byteLength);
		expect(staticGzipBytes).toBeGreaterThan(0);
		expect(lazyBytes).toBe(0);
	});
});

describe("bundling", () => {
	it("gives the same bytes again, and leaves nothing of an earlier bundle in the folder", async () => {
		const before = read(demanding.folder);
		writeFileSync(join(demanding.folder, "chunk-OF-BEFORE.mjs"), "");
		writeFileSync(join(demanding.folder, "index.mjs"), "half a file");
		expect(await bundleWorkers(entries, { outFolder })).toEqual([demanding, plain, streaming]);
		expect(read(demanding.folder)).toEqual(before);
	});

	it("gives the same bytes in any folder, so that hot reload recognises code that did not change", async () => {
		const [elsewhere] = await bundleWorkers([{ group: "other-name", entry: demanding.entry }], {
			outFolder: join(outFolder, "deeper", "down"),
		});
		expect(read(elsewhere?.folder ?? "")).toEqual(read(demanding.folder));
	});

	it("tells what is wrong with every entry at once, in place", () => {
		const broken = join(outFolder, "broken.ts");
		const lost = join(outFolder, "lost.ts");
		writeFileSync(broken, "export const handler = ;\n");
		writeFileSync(lost, 'import "./nowhere.ts";\n');
		const bundle = (): unknown =>
			bundleWorkersSync(
				[
					{ group: "broken", entry: broken },
					{ group: "lost", entry: lost },
				],
				{ outFolder },
			);
		expect(bundle).toThrow(
			/^The workers can't be bundled; mend each and try again:\n- .*broken\.ts:1:24: Unexpected ";"\n- .*lost\.ts:1:8: Could not resolve ".\/nowhere.ts"$/,
		);
	});
});

describe("a bundle's folder", () => {
	it("may be written by several at once, and holds what was written and nothing else", async () => {
		const parent = mkdtempSync(join(tmpdir(), "millrace-folder-"));
		try {
			const folder = join(parent, "mail");
			const files = new Map(["index.mjs", "client-s3.mjs", "chunk.mjs"].map((name) => [name, Buffer.from(name)]));
			await writeFolder(folder, new Map([["of-an-older-bundle.mjs", Buffer.from("old")]]));
			await Promise.all(Array.from({ length: 20 }, () => writeFolder(folder, files)));
			expect(readdirSync(folder).sort()).toEqual(["chunk.mjs", "client-s3.mjs", "index.mjs"]);
			expect(readFileSync(join(folder, "chunk.mjs"), "utf8")).toBe("chunk.mjs");
			expect(readdirSync(parent)).toEqual(["mail"]);
		} finally {
			rmSync(parent, { recursive: true, force: true });
		}
	});
});
