/**
 * Starts MiniStack on a free loopback port and ends it for certain: it is told to stop, killed with its Lambda processes after a
 * grace period, and ends by itself when this process is gone, however it went.
 * It gets a clean environment and a temporary folder of its own: its Lambdas inherit both.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { tail } from "./command.ts";

const START_BOUND_MS = 30_000;
const STOP_GRACE_MS = 2_000;
/** What AWS's Node runtime brings along, and nothing else: a package that a bundle forgot must be missing here too. */
const RUNTIME_SCOPES = ["@aws-sdk", "@smithy"];

export interface Emulator {
	readonly endpoint: string;
	readonly pid: number;
	readonly logFile: string;
	stop(): Promise<void>;
}

/** @throws Error with the end of its log when it does not come up */
export async function startEmulator(options: {
	readonly python: string;
	readonly overlayFile: string;
	/** Without the overlay's patches: to try a new release. */
	readonly stock: boolean;
	/** It stays when this process ends. */
	readonly keep: boolean;
	readonly folder: string;
	readonly modulesFolder: string;
}): Promise<Emulator> {
	const { folder } = options;
	const temporary = join(folder, "tmp");
	await mkdir(join(temporary, "node_modules"), { recursive: true });
	for (const scope of RUNTIME_SCOPES) {
		await symlink(join(options.modulesFolder, scope), join(temporary, "node_modules", scope));
	}
	const port = await freePort();
	const logFile = join(folder, "ministack.log");
	// Straight to the file, not through a pipe of ours: with --keep it goes on writing when we are gone.
	const log = await open(logFile, "w");
	const args = [options.overlayFile];
	if (options.stock) args.push("--stock");
	if (!options.keep) args.push("--until-stdin-closes");
	const child = spawn(options.python, args, {
		cwd: folder,
		detached: true,
		stdio: [options.keep ? "ignore" : "pipe", log.fd, log.fd],
		env: {
			PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
			HOME: temporary,
			TMPDIR: temporary,
			S3_DATA_DIR: join(temporary, "s3"),
			STATE_DIR: join(temporary, "state"),
			BIND_HOST: "127.0.0.1",
			GATEWAY_PORT: String(port),
			IOT_MTLS_ENABLED: "0",
			// Every role may do only what its policies say.
			AUTH: "true",
			PYTHONUNBUFFERED: "1",
			// The overlay's modules lie among the sources.
			PYTHONDONTWRITEBYTECODE: "1",
		},
	});
	if (options.keep) child.unref();
	await log.close();
	const { pid } = child;
	if (pid === undefined) throw new Error(`Could not start ${options.python}.`);
	const endpoint = `http://127.0.0.1:${port}`;
	try {
		await answering(child, endpoint, logFile);
	} catch (cause) {
		await stop(child, pid);
		throw cause;
	}
	return { endpoint, pid, logFile, stop: () => stop(child, pid) };
}

async function freePort(): Promise<number> {
	const server = createServer();
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	if (address === null || typeof address === "string") throw new Error("No free port on 127.0.0.1.");
	return address.port;
}

async function answering(child: ChildProcess, endpoint: string, logFile: string): Promise<void> {
	const untilMs = performance.now() + START_BOUND_MS;
	while (performance.now() < untilMs) {
		if (child.exitCode !== null) break;
		try {
			const answer = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
			if (answer.ok) return;
		} catch {
			// Not listening yet.
		}
		await delay(100);
	}
	const how =
		child.exitCode === null ? `did not answer within ${START_BOUND_MS / 1000} s` : `ended with code ${child.exitCode}`;
	throw new Error(`MiniStack ${how}.\n${tail(await readFile(logFile, "utf8"))}`);
}

async function stop(child: ChildProcess, pid: number): Promise<void> {
	if (child.exitCode === null && child.signalCode === null) {
		const exited = once(child, "exit");
		child.kill("SIGTERM");
		await Promise.race([exited, delay(STOP_GRACE_MS)]);
	}
	killGroup(pid);
}

/** The emulator and every Lambda process it started: they share its process group. */
export function killGroup(pid: number): void {
	try {
		process.kill(-pid, "SIGKILL");
	} catch {
		// All gone already.
	}
}
