/**
 * `npm run e2e`: the real CDK CLI deploys the real apps to an independent AWS emulator; messages go in by plain SDK, results come out.
 * Everything it starts it ends, whatever happens; nothing of it can reach an AWS account; it never passes silently.
 * Options: `--keep` leaves the emulator and the stacks for a look; `--stock` leaves out the overlay's patches, to try a new MiniStack.
 */
import { rmSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { connectAccount } from "./account.ts";
import { createCdk, REGION } from "./cdk.ts";
import { expectedRefusal } from "./check-releases.ts";
import { killRunningCommands } from "./command.ts";
import { type Emulator, killGroup, startEmulator } from "./emulator.ts";
import { ensureEnvironment, findPython } from "./python.ts";
import { createReport, type Report, RunStopped } from "./report.ts";
import { runScenario } from "./scenario.ts";

const BOUND_MS = 8 * 60_000;
const projectFolder = resolve(import.meta.dirname, "..", "..");

const { values: options } = parseArgs({
	options: { keep: { type: "boolean", default: false }, stock: { type: "boolean", default: false } },
});

// Outside the project: a Lambda must not find the project's node_modules above its own folder.
const folder = await mkdtemp(join(tmpdir(), "millrace-e2e-"));
const report = createReport((line) => process.stdout.write(`${line}\n`));
let emulator: Emulator | undefined;

process.on("exit", (code) => {
	killRunningCommands();
	if (options.keep) return;
	if (emulator !== undefined) killGroup(emulator.pid);
	if (code === 0) rmSync(folder, { recursive: true, force: true });
	else process.stdout.write(`Logs are in ${folder}\n`);
});
// Whoever read our output is gone: end, and clean up on the way.
process.stdout.on("error", () => process.exit(1));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
const bound = setTimeout(() => {
	process.stdout.write(`\nFAIL the whole run took longer than its bound of ${BOUND_MS / 60_000} minutes\n`);
	report.finish();
	process.exit(1);
}, BOUND_MS);

try {
	emulator = await prepare(report);
	const { endpoint, logFile } = emulator;
	const cdk = createCdk({ projectFolder, endpoint, folder, logFile: join(folder, "cdk.log") });
	await runScenario({ report, cdk, account: connectAccount(endpoint), endpoint, projectFolder, keep: options.keep });
	await report.check("no role was refused anything, but for the queue that was closed", async () => {
		const all = (await readFile(logFile, "utf8")).match(/.*is not authorized to perform.*/g) ?? [];
		const refusals = all.filter((line) => !expectedRefusal.test(line));
		if (refusals.length > 0)
			throw new Error(`${refusals.length} refusals, the first: ${refusals[0]?.trim().slice(0, 600)}`);
		return undefined;
	});
} catch (cause) {
	if (!(cause instanceof RunStopped)) throw cause;
}
clearTimeout(bound);
if (options.keep && emulator !== undefined) {
	const keys = `AWS_ENDPOINT_URL=${emulator.endpoint} AWS_REGION=${REGION} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test`;
	process.stdout.write(
		`\nKept. Use it with: ${keys}\nEnd it with: kill -9 -- -${emulator.pid}\nLogs and assemblies: ${folder}\n`,
	);
} else {
	await emulator?.stop();
}
process.exitCode = report.finish() ? 0 : 1;

async function prepare({ section, essential }: Report): Promise<Emulator> {
	section("Emulator");
	const cacheFolder = join(projectFolder, ".cache", "e2e-venv");
	const requirementsFile = join(import.meta.dirname, "requirements.txt");
	const logFile = join(folder, "python.log");
	const python = await essential("Python 3.10 or newer", () => findPython(logFile));
	const { python: interpreter } = await essential("MiniStack, pinned, in its own environment", () =>
		ensureEnvironment({ python, folder: cacheFolder, requirementsFile, logFile }),
	);
	return await essential("MiniStack answers on a free loopback port, with IAM enforced", () =>
		startEmulator({
			python: interpreter,
			overlayFile: join(import.meta.dirname, "ministack-overlay.py"),
			stock: options.stock,
			keep: options.keep,
			folder,
			modulesFolder: join(projectFolder, "node_modules"),
		}),
	);
}
