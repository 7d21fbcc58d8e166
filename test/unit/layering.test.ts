/**
 * The lint rules, tried: breaches are written into a temporary folder of the same shape, and each must be reported with its own sentence.
 * A rule that a change of configuration has silenced shows here.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Breach {
	readonly file: string;
	readonly code: string;
	/** What the report must say. `undefined`: nothing may be reported. */
	readonly says: string | undefined;
}

const imports = (from: string): string => `import { thing } from "${from}";\n\nexport const used = thing;\n`;
const breach = (file: string, from: string, says: string | undefined): Breach => ({ file, code: imports(from), says });

const kernel = "The kernel is the bottom";
const job = "The definition API imports the kernel";
const jobs = "A definition is data";
const catalogue = "The catalogue lists definitions";
const wire = "The wire names no vendor";
const ports = "A port names no vendor";
const engine = "The engine receives store, queue, clock and random as arguments";
const adapter = "An adapter knows its port";
const client = "The client knows the catalogue, the ports and the engine's enqueue";
const implementation = "An implementation imports its definition";
const worker = "What runs in Lambda never imports infrastructure";
const infrastructure = "Infrastructure reads the catalogue and never runtime code";
const local = "The local runtime runs the synthesized template";
const commandLine = "The command line speaks through the client";
const zodMini = "Deployed code imports zod/mini";

const importBreaches: readonly Breach[] = [
	breach("shared/kernel/a.ts", "../job/index.ts", kernel),
	breach("shared/kernel/b.ts", "zod/mini", kernel),
	breach("shared/kernel/c.ts", "./ids.ts", undefined),
	breach("shared/job/a.ts", "../wire/job-message.ts", job),
	breach("shared/job/b.ts", "@aws-sdk/client-sqs", job),
	breach("shared/job/c.ts", "../kernel/ids.ts", undefined),
	breach("shared/jobs/family/a.ts", "../../engine/backoff.ts", jobs),
	breach("shared/jobs/family/b.ts", "../../catalogue/catalogue.ts", jobs),
	breach("shared/jobs/family/c.ts", "zod", jobs),
	breach("shared/jobs/family/d.ts", "../../catalogue/queues.ts", undefined),
	breach("shared/catalogue/a.ts", "../aws/sqs-queue.ts", catalogue),
	breach("shared/catalogue/b.ts", "../jobs/family/d.ts", undefined),
	breach("shared/wire/a.ts", "../engine/backoff.ts", wire),
	breach("shared/wire/b.ts", "@aws-sdk/client-sqs", wire),
	breach("shared/ports/a.ts", "../aws/sqs-queue.ts", ports),
	breach("shared/ports/b.ts", "../wire/job-message.ts", undefined),
	breach("shared/engine/a.ts", "../aws/sqs-queue.ts", engine),
	breach("shared/engine/b.ts", "@aws-sdk/client-dynamodb", engine),
	breach("shared/engine/c.ts", "node:fs", engine),
	breach("shared/engine/d.ts", "../../lambdas/worker/create-worker.ts", engine),
	breach("shared/engine/e.ts", "../ports/clock.ts", undefined),
	breach("shared/aws/a.ts", "../engine/backoff.ts", adapter),
	breach("shared/aws/b.ts", "../catalogue/catalogue.ts", adapter),
	breach("shared/aws/c.ts", "zod", zodMini),
	breach("shared/aws/d.ts", "@aws-sdk/client-sqs", undefined),
	breach("shared/client/a.ts", "../engine/run-batch.ts", client),
	breach("shared/client/b.ts", "../aws/sqs-queue.ts", client),
	breach("shared/client/c.ts", "../engine/enqueue.ts", undefined),
	breach("lambdas/jobs/family/a.ts", "../../../shared/engine/backoff.ts", implementation),
	breach("lambdas/jobs/family/b.ts", "../../../shared/aws/dynamo-job-store.ts", implementation),
	breach("lambdas/jobs/family/c.ts", "../../worker/create-worker.ts", implementation),
	breach("lambdas/jobs/family/d.ts", "../../../shared/jobs/family/d.ts", undefined),
	breach("lambdas/worker/a.ts", "../../cdk/app.ts", worker),
	breach("lambdas/worker/b.ts", "../../test/support/fake.ts", worker),
	breach("lambdas/worker/c.ts", "../../shared/engine/run-batch.ts", undefined),
	breach("cdk/a.ts", "../shared/engine/backoff.ts", infrastructure),
	breach("cdk/constructs/b.ts", "../../lambdas/worker/observability.ts", infrastructure),
	breach("cdk/c.ts", "../shared/catalogue/catalogue.ts", undefined),
	breach("local/a.ts", "../shared/engine/backoff.ts", local),
	breach("local/b.ts", "../lambdas/worker/observability.ts", local),
	breach("cli/a.ts", "../shared/engine/backoff.ts", commandLine),
	breach("cli/b.ts", "../cdk/app.ts", commandLine),
];

const clock = "The clock is ambient here";
const timer = "A timer is ambient here";
const chance = "Chance is ambient here";
const environment = "The environment is ambient here";
const purePlaces = ["shared/engine", "shared/job", "shared/catalogue", "shared/wire"];
const ambientCode: readonly (readonly [code: string, says: string | undefined])[] = [
	["export const a = Date.now();", clock],
	["export const a = new Date();", clock],
	["export const a = performance.now();", clock],
	["setTimeout(() => undefined, 5);", timer],
	["setInterval(() => undefined, 5);", timer],
	["export const a = AbortSignal.timeout(5);", timer],
	["export const a = Math.random();", chance],
	["export const a = crypto.randomUUID();", chance],
	['export const a = process.env["HOME"];', environment],
	["export const a = (atMs: number): Date => new Date(atMs);", undefined],
];
const ambientBreaches: readonly Breach[] = purePlaces.flatMap((folder) =>
	ambientCode.map(([code, says], index) => ({ file: `${folder}/ambient-${index}.ts`, code: `${code}\n`, says })),
);

const otherBreaches: readonly Breach[] = [
	{ file: "shared/ports/any.ts", code: "export const a = (b: any): void => b;\n", says: "Unexpected any" },
	{ file: "shared/ports/two.ts", code: imports("./three.ts"), says: "part of a cycle" },
	{ file: "shared/ports/three.ts", code: 'export { used as thing } from "./two.ts";\n', says: "part of a cycle" },
	{ file: "shared/ports/camelCase.ts", code: "export const a = 1;\n", says: "kebab-case" },
	{ file: "local/default.ts", code: "export default 1;\n", says: "default export" },
	{ file: "lambdas/worker/console.ts", code: 'console.log("x");\n', says: "console" },
];

const typedCode: readonly (readonly [file: string, code: string, rule: string])[] = [
	["floating", "const later = async (): Promise<number> => 1;\nlater();\n", "no-floating-promises"],
	["misused", "export const a = [1].filter(async () => true);\n", "no-misused-promises"],
	["await", "export const a = async (): Promise<number> => await 5;\n", "await-thenable"],
	[
		"switch",
		'export function a(b: "x" | "y"): number {\n\tswitch (b) {\n\t\tcase "x":\n\t\t\treturn 1;\n\t}\n\treturn 2;\n}\n',
		"switch-exhaustiveness-check",
	],
];

const breaches = [...importBreaches, ...ambientBreaches, ...otherBreaches];
const project = join(import.meta.dirname, "../..");
let folder: string;
let biomeReport: readonly { readonly file: string; readonly message: string }[];
let oxlintReport: readonly { readonly file: string; readonly message: string }[];

/** Standard output, whatever the exit status: a linter that found something exits non-zero. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
	return new Promise((resolve, reject) => {
		const bin = join(project, "node_modules/.bin", command);
		execFile(bin, [...args], { cwd: folder, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
			if (stdout === "") reject(new Error(`${command} printed nothing: ${error?.message ?? ""} ${stderr}`));
			else resolve(stdout);
		});
	});
}

async function write(file: string, code: string): Promise<void> {
	await mkdir(dirname(join(folder, file)), { recursive: true });
	await writeFile(join(folder, file), code);
}

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "millrace-lint-"));
	for (const name of ["biome.json", ".gitignore", ".oxlintrc.json", "tsconfig.json", "scripts/lint"]) {
		await cp(join(project, name), join(folder, name), { recursive: true });
	}
	await symlink(join(project, "node_modules"), join(folder, "node_modules"));
	for (const { file, code } of breaches) await write(file, code);
	const biome = JSON.parse(await outputOf("biome", ["lint", "--reporter=json", "--max-diagnostics=none", "."])) as {
		diagnostics: { message: string; location: { path: string } }[];
	};
	biomeReport = biome.diagnostics.map(({ message, location }) => ({ file: location.path, message }));
	for (const [name, code] of typedCode) await write(`shared/typed/${name}.ts`, code);
	const oxlint = JSON.parse(await outputOf("oxlint", ["--format=json", "shared/typed"])) as {
		diagnostics: { code: string; filename: string }[];
	};
	oxlintReport = oxlint.diagnostics.map(({ code, filename }) => ({ file: filename, message: code }));
}, 60_000);

afterAll(async () => {
	await rm(folder, { recursive: true, force: true });
});

const reported = (file: string): readonly string[] =>
	biomeReport.filter((found) => found.file === file).map((found) => found.message);

describe("biome", () => {
	test.each(breaches.filter(({ says }) => says !== undefined))("$file: $says", ({ file, says }) => {
		expect(reported(file).join("\n")).toContain(says);
	});

	test.each(breaches.filter(({ says }) => says === undefined))("$file is allowed", ({ file }) => {
		expect(reported(file)).toEqual([]);
	});
});

describe("oxlint with types", () => {
	test.each(typedCode)("%s", (name, _code, rule) => {
		const found = oxlintReport.filter(({ file }) => file === `shared/typed/${name}.ts`);
		expect(found.map(({ message }) => message)).toEqual([`typescript(${rule})`]);
	});
});
