/**
 * `npm run own-app`: what a team gets. Packs this project, installs the tarball into a copy of examples/own-app outside of it, and uses it there:
 * types by two compilers, synth by the CDK CLI, the command line, the app on this machine with a run through it. Needs an npm registry.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { killRunningCommands, runCommand } from "../e2e/command.ts";
import { createReport, RunStopped } from "../e2e/report.ts";
import { startInstalledApp } from "./installed-app.ts";

const projectFolder = resolve(import.meta.dirname, "../..");
// Outside the project, so that nothing is found in its node_modules.
const folder = await mkdtemp(join(tmpdir(), "millrace-own-app-"));
const app = join(folder, "examples", "own-app");
const installed = join(app, "node_modules", "millrace");
const logFile = join(folder, "own-app.log");
const report = createReport((line) => process.stdout.write(`${line}\n`));

process.on("exit", (code) => {
	killRunningCommands();
	if (code === 0) rmSync(folder, { recursive: true, force: true });
	else process.stdout.write(`Logs are in ${folder}\n`);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

// The app's own commands, on the Node of this process.
const env = {
	...process.env,
	PATH: [join(app, "node_modules", ".bin"), dirname(process.execPath), process.env["PATH"]].join(":"),
};
const run = (cwd: string, file: string, ...args: string[]): Promise<string> =>
	runCommand({ file, args, env, cwd, timeoutSeconds: 240, logFile });

try {
	await report.essential("npm pack", () => run(projectFolder, "npm", "pack", "--pack-destination", folder));
	await report.essential("npm install of the tarball, in a folder of its own", async () => {
		cpSync(join(projectFolder, "examples", "own-app"), app, {
			recursive: true,
			filter: (path) => !/[\\/](node_modules|cdk\.out|build|\.millrace|package-lock\.json)$/.test(path),
		});
		await run(app, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund");
	});
	await report.check("the package holds what was compiled, and no source", async () => {
		const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
		assert.deepEqual(
			files.filter((path) => /(?<!\.d)\.ts$/.test(path)),
			[],
		);
		assert.deepEqual(
			files.filter((path) => /^(shared\/jobs|lambdas\/jobs|test|bench)\//.test(path)),
			[],
		);
		return `${files.length} files`;
	});
	await report.check("the package names every dependency that it imports", async () => {
		const named = new Set(Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies }));
		assert.deepEqual(
			importedPackages(join(installed, "dist")).filter((name) => !named.has(name)),
			[],
		);
		return undefined;
	});
	await report.check("its types hold with the app's own TypeScript", async () => {
		const version = await run(app, "tsc", "--version");
		await run(app, "tsc");
		return version.trim();
	});
	await report.check("and with this project's, which looks at the package's declarations too", async () => {
		const compiler = join(projectFolder, "node_modules", "typescript");
		const { bin } = JSON.parse(readFileSync(join(compiler, "package.json"), "utf8")) as {
			readonly bin: { tsc: string };
		};
		const tsc = join(compiler, bin.tsc);
		const version = await run(app, process.execPath, tsc, "--version");
		await run(app, process.execPath, tsc);
		// Other packages' declarations are not for this project to mend.
		const told = await run(app, process.execPath, tsc, "--skipLibCheck", "false").catch(String);
		assert.deepEqual(
			told.split("\n").filter((line) => line.startsWith("node_modules/millrace/")),
			[],
		);
		return version.trim();
	});
	await report.check("cdk synth", async () => {
		await run(app, "cdk", "synth", "--quiet");
		const template = JSON.parse(readFileSync(join(app, "cdk.out", "PageWatch.template.json"), "utf8")) as {
			readonly Resources: Readonly<
				Record<string, { readonly Type: string; readonly Properties: { readonly Name?: string } }>
			>;
		};
		const resources = Object.values(template.Resources);
		const count = (type: string): number => resources.filter(({ Type }) => Type === type).length;
		assert.deepEqual(
			{
				tables: count("AWS::DynamoDB::GlobalTable"),
				queues: count("AWS::SQS::Queue"),
				mappings: count("AWS::Lambda::EventSourceMapping"),
			},
			{ tables: 2, queues: 2, mappings: 1 },
		);
		const ticks = resources
			.filter(({ Type }) => Type === "AWS::Scheduler::Schedule")
			.map(({ Properties }) => Properties.Name);
		assert.ok(ticks.includes("tick-regular-check"), `there is a schedule tick-regular-check among ${ticks.join(", ")}`);
		return undefined;
	});
	await report.check("npx millrace jobs", async () => {
		const { jobs } = JSON.parse(await run(app, "millrace", "jobs", "--json")) as {
			readonly jobs: readonly { name: string }[];
		};
		assert.deepEqual(
			jobs.map(({ name }) => name),
			["check_all_pages", "check_page"],
		);
		return undefined;
	});
	await report.check("npm start, the README's first call, and a job with a follow-up through it", async () => {
		const page = createServer((_request, response) => response.writeHead(204).end()).listen(0, "127.0.0.1");
		await once(page, "listening");
		try {
			const running = await startInstalledApp({ folder: app, env, logFile });
			try {
				await useApp(`http://127.0.0.1:${(page.address() as AddressInfo).port}/`);
			} finally {
				await running.stop();
			}
		} finally {
			page.closeAllConnections();
			page.close();
		}
		return undefined;
	});
} catch (cause) {
	if (!(cause instanceof RunStopped)) throw cause;
}
process.exitCode = report.finish() ? 0 : 1;

async function useApp(url: string): Promise<void> {
	const call = async (job: string, input: object): Promise<unknown> =>
		lastJson(await run(app, "millrace", "call", job, "--input", JSON.stringify(input), "--wait", "--json"));
	const [, job = "", input = ""] =
		/npx millrace call (\S+) --input '(.+?)' --wait/.exec(readFileSync(join(app, "README.md"), "utf8")) ?? [];
	assert.match(JSON.stringify(await call(job, JSON.parse(input))), /"status":200/);
	assert.match(JSON.stringify(await call("check_page", { url })), /"status":204/);
	assert.match(JSON.stringify(await call("check_all_pages", {})), /"pages":2/);
	// The one that the version's deployment enqueued, the one called here, and the page's own of each.
	assert.match(await run(app, "millrace", "runs", "--json"), /"k-[0-9a-f]{40}"/);
}

/** What went to standard error came first. */
function lastJson(output: string): unknown {
	return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

/** Names of the packages that the compiled files import. */
function importedPackages(dist: string): readonly string[] {
	const code = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((path) => /\.(js|d\.ts)$/.test(path));
	const imported = code.flatMap((path) =>
		[
			...readFileSync(join(dist, path), "utf8").matchAll(
				/^(?:import|export)\b[^;]*?from "([^".][^"]*)"|import\("([^".][^"]*)"\)/gm,
			),
		].map(([, first, second]) => first ?? second ?? ""),
	);
	const packages = imported
		.filter((name) => !name.startsWith("node:"))
		.map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"))
		// Types of a package without its own come in a package beside it.
		.map((name) => (name === "aws-lambda" ? "@types/aws-lambda" : name));
	return [...new Set(packages)].sort();
}
