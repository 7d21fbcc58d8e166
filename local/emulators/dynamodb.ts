/**
 * Starts the DynamoDB emulator: dynoxide where its binary is installed, else dynalite. Either runs in a process of its own, which ends
 * when this process does, however that ends. MILLRACE_DYNAMODB=dynoxide|dynalite forces one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { createDynamoDbCall } from "./dynamodb-call.ts";

const dynamoDbEmulators = ["dynoxide", "dynalite"] as const;
export type DynamoDbEmulator = (typeof dynamoDbEmulators)[number];

export interface DynamoDbServer {
	readonly emulator: DynamoDbEmulator;
	readonly endpoint: string;
	stop(): Promise<void>;
}

/** What dynoxide and Node say. */
const PORT_TAKEN = /already in use|EADDRINUSE/;
const PORTS_MAX = 5;

/**
 * Runs a program and kills it when file descriptor 3 closes, which the kernel does when the parent dies. For programs that do not watch
 * their parent themselves.
 */
const WATCHED =
	'"$@" & child=$!; { read -r _ <&3; kill -9 $child; } 2>/dev/null & watcher=$!; wait $child; kill $watcher 2>/dev/null';

export function dynoxideBinary(): string | undefined {
	try {
		return join(
			createRequire(import.meta.url).resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`),
			"..",
			"dynoxide",
		);
	} catch {
		return undefined;
	}
}

function choose(binary: string | undefined, wanted: DynamoDbEmulator | undefined): DynamoDbEmulator {
	const forced = wanted ?? process.env["MILLRACE_DYNAMODB"];
	if (forced === undefined || forced === "") return binary === undefined ? "dynalite" : "dynoxide";
	const chosen = dynamoDbEmulators.find((name) => name === forced);
	if (chosen === undefined) {
		throw new MillraceError(
			"configuration-invalid",
			`MILLRACE_DYNAMODB is "${forced}"; it can be ${dynamoDbEmulators.join(" or ")}.`,
		);
	}
	if (chosen === "dynoxide" && binary === undefined) {
		throw new MillraceError(
			"configuration-invalid",
			`MILLRACE_DYNAMODB asks for dynoxide, which has no package for ${process.platform}-${process.arch}. Leave the variable unset to use dynalite.`,
		);
	}
	return chosen;
}

/** A port that nobody listens on now. Somebody may by the time it is used: neither emulator can be asked to choose its own. */
async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	if (typeof address !== "object" || address === null) throw new Error("Unreachable: a TCP server without a port");
	return address.port;
}

function startProcess(
	emulator: DynamoDbEmulator,
	binary: string | undefined,
	port: number,
	folder?: string,
): ChildProcess {
	// A session of its own, so that Ctrl-C in the terminal reaches only the runtime, which ends the emulator last.
	if (emulator === "dynoxide") {
		const command = [binary ?? "dynoxide", "serve", "--host", "127.0.0.1", "--port", String(port)];
		if (folder !== undefined) command.push("--db-path", join(folder, "dynoxide.db"));
		return spawn("/bin/sh", ["-c", WATCHED, "sh", ...command], {
			stdio: ["ignore", "pipe", "pipe", "pipe"],
			detached: true,
			env: {},
		});
	}
	const script = fileURLToPath(new URL("dynalite-process.ts", import.meta.url));
	const path = folder === undefined ? [] : [join(folder, "dynalite")];
	return spawn(process.execPath, [script, String(port), ...path], {
		stdio: ["ignore", "pipe", "pipe", "ipc"],
		detached: true,
		env: {},
	});
}

interface Started {
	readonly child: ChildProcess;
	readonly endpoint: string;
	readonly listens: boolean;
	/** It ended because somebody else listens on that port. */
	readonly taken: boolean;
	readonly exited: Promise<void>;
	/** The last that it printed. */
	output(): string;
}

/** Waits until it listens or has ended. */
async function startAt(port: number, start: (port: number) => ChildProcess): Promise<Started> {
	const child = start(port);
	let output = "";
	const exited = new Promise<void>((resolve) => {
		child.once("exit", () => resolve());
		child.once("error", (error) => {
			output += error.message;
			resolve();
		});
	});
	const listens = await new Promise<boolean>((resolve) => {
		const note = (chunk: Buffer): void => {
			output = (output + chunk.toString()).slice(-2000);
			if (output.includes("listening")) resolve(true);
		};
		child.stdout?.on("data", note);
		child.stderr?.on("data", note);
		// Not when it exits: its last words may still be on their way.
		child.once("close", () => resolve(false)).once("error", () => resolve(false));
	});
	const taken = !listens && PORT_TAKEN.test(output);
	return { child, endpoint: `http://127.0.0.1:${port}`, listens, taken, exited, output: () => output.trim() };
}

export async function startDynamoDb(options: {
	readonly dataDir: string | undefined;
	/** Default: MILLRACE_DYNAMODB, else dynoxide where it is installed. */
	readonly emulator?: DynamoDbEmulator;
	/** The first that is tried. Default: a free one. */
	readonly port?: number;
	/** Told once when the emulator ends before it is stopped. */
	readonly onLost: (message: string) => void;
}): Promise<DynamoDbServer> {
	const binary = dynoxideBinary();
	const emulator = choose(binary, options.emulator);
	if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true });
	const start = (port: number) => startProcess(emulator, binary, port, options.dataDir);
	let started = await startAt(options.port ?? (await freePort()), start);
	for (let tried = 1; started.taken && tried < PORTS_MAX; tried++) started = await startAt(await freePort(), start);
	const { child, endpoint, exited, output } = started;
	if (!started.listens) {
		throw new MillraceError(
			"local-stack-failed",
			`The DynamoDB emulator ${emulator} ended while starting: ${output()}`,
		);
	}
	await createDynamoDbCall(endpoint)("ListTables", {});
	let stopping = false;
	void exited.then(() => {
		if (!stopping)
			options.onLost(`The DynamoDB emulator ${emulator} ended by itself; start again. Its last words: ${output()}`);
	});
	return {
		emulator,
		endpoint,
		async stop() {
			stopping = true;
			if (child.exitCode === null && child.signalCode === null) {
				if (child.connected) child.disconnect();
				const lifeline = child.stdio[3];
				if (lifeline !== null && lifeline !== undefined) lifeline.destroy();
			}
			await exited;
		},
	};
}
