/** This project's own app, synthesized and running on this machine, for tests that use it from outside: CLI, producers. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocalStack, type LocalStackOptions, startLocalStack } from "../../local/local-stack.ts";
import { synthesize } from "../../local/main-job/synthesize.ts";
import { LOCAL_STATE_FILE } from "../../local/state-file.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { draftFolder, keepForAll, madeOnce } from "../support/made-once/made-once.ts";

export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

export interface RealStack {
	readonly stack: LocalStack;
	readonly address: PlatformAddress;
	/** Holds the state file, as the project's folder does while `npm start` runs: a command run in here finds the stack. */
	readonly folder: string;
	stop(): Promise<void>;
}

/** The cloud assembly of this project's app, as the local runtime synthesizes it: once for all that read it. */
export async function ownAssembly(): Promise<string> {
	const made = madeOnce("own-assembly");
	if (made !== undefined) return made;
	const draft = draftFolder();
	await synthesize(projectFolder, draft, new AbortController().signal);
	return keepForAll("own-assembly", draft);
}

export async function startRealStack(options: Pick<LocalStackOptions, "onEvent"> = {}): Promise<RealStack> {
	const assemblyDir = await ownAssembly();
	const folder = await mkdtemp(join(tmpdir(), "millrace-real-"));
	const stack = await startLocalStack({ ...options, assemblyDir, stateFile: join(folder, LOCAL_STATE_FILE) });
	const address = stack.platforms["Millrace"];
	if (address === undefined) throw new Error("The app has no stack Millrace");
	return {
		stack,
		address,
		folder,
		async stop() {
			await stack.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

export interface Finished {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

/** Runs a program to its end; a code other than 0 is a result, not an error. */
export function runProgram(
	file: string,
	args: readonly string[],
	options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly stdin?: string },
): Promise<Finished> {
	return new Promise((resolve, reject) => {
		const child = execFile(
			file,
			[...args],
			{ cwd: options.cwd, env: options.env ?? process.env, timeout: 60_000 },
			(error, out, err) => {
				if (error !== null && typeof error.code !== "number") reject(error);
				else resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
			},
		);
		child.stdin?.end(options.stdin ?? "");
	});
}
